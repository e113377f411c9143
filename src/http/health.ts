/** @module `/healthz`, `/readyz`, `/metrics`: for whoever runs the node. */

import type { Hono, MiddlewareHandler } from "hono";
import { HttpProblem } from "./problems.ts";
import type { Services } from "./services.ts";

export function healthRoutes(
  app: Hono,
  { carryout, metrics }: Services,
  options: { operatorsOnly: MiddlewareHandler },
): void {
  // Says only that the process answers: a node whose engine is away must not be restarted for it.
  app.get("/healthz", (context) => {
    context.header("Cache-Control", "no-store");
    return context.json({ status: "alive" });
  });

  // Tells a load balancer whether to send requests here.
  app.get("/readyz", (context) => {
    const trouble = carryout.trouble() ?? (carryout.draining ? "this node is draining" : null);
    if (trouble !== null) throw new HttpProblem("not-serving", trouble);
    context.header("Cache-Control", "no-store");
    return context.json({ status: "ready" });
  });

  app.get("/metrics", options.operatorsOnly, async (context) => {
    const text = await metrics.text();
    return context.body(text, 200, { "Content-Type": metrics.contentType, "Cache-Control": "no-store" });
  });
}
