/** @module `/healthz`, `/readyz`, `/metrics`: for the operators of the node. */

import type { Hono } from "hono";
import type { Operators } from "./operators.ts";
import { HttpProblem } from "./problems.ts";
import type { Services } from "./services.ts";

export function healthRoutes(app: Hono, { carryout, metrics }: Services, operators: Operators): void {
  // Reports only that the process answers: a node with an unavailable engine must not be restarted for it.
  app.get("/healthz", (context) => {
    context.header("Cache-Control", "no-store");
    return context.json({ status: "alive" });
  });

  // Tells a load balancer whether to send requests here, and operators why not: the reason may name paths and hosts.
  app.get("/readyz", async (context) => {
    const trouble = carryout.trouble() ?? (carryout.draining ? "this node is draining" : null);
    if (trouble !== null) {
      const members = (await operators.is(context)) ? { reason: trouble } : {};
      throw new HttpProblem("not-serving", trouble, { members });
    }
    context.header("Cache-Control", "no-store");
    return context.json({ status: "ready" });
  });

  app.get("/metrics", operators.only, async (context) => {
    const text = await metrics.text();
    return context.body(text, 200, { "Content-Type": metrics.contentType, "Cache-Control": "no-store" });
  });
}
