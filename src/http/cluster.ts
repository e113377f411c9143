/** @module `/cluster`: which nodes live, what they do, and asking one to hand its work over. Operators only. */

import type { Hono, MiddlewareHandler } from "hono";
import type { ClusterView } from "../tracker/status.ts";
import { eventFrame } from "./event-streams.ts";
import { presentNode } from "./present.ts";
import { HttpProblem } from "./problems.ts";
import type { Services } from "./services.ts";

/** Renders an HTML page. */
export type Page = () => string | Promise<string>;

const SILENCE_MS = 2_000;

const PAGE_HEADERS = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "frame-ancestors 'none'; base-uri 'none'; object-src 'none'",
};

export function clusterRoutes(
  app: Hono,
  services: Services,
  options: { operatorsOnly: MiddlewareHandler; page?: Page | undefined },
): void {
  const { carryout, streams, log } = services;
  const { operatorsOnly, page } = options;

  if (page) {
    app.get("/cluster", operatorsOnly, async (context) => context.html(await page(), 200, PAGE_HEADERS));
  }

  app.get("/cluster/nodes", operatorsOnly, (context) => {
    context.header("Cache-Control", "no-store");
    return context.json({ nodes: carryout.cluster().nodes.map(presentNode) });
  });

  app.get("/cluster/events", operatorsOnly, (context) =>
    streams.open(context, {
      source: (signal) => carryout.watchCluster(signal),
      frame: createClusterFrame(),
      silenceMs: () => SILENCE_MS,
    }),
  );

  app.post("/cluster/nodes/:name/drain", operatorsOnly, async (context) => {
    const name = context.req.param("name");
    const asked = await carryout.drainNode(name);
    if (asked === "silent") {
      throw new HttpProblem(
        "node-silent",
        `${JSON.stringify(name.slice(0, 80))} did not answer: it may be frozen or cut off. Ask again.`,
      );
    }
    if (asked === "unknown") {
      throw new HttpProblem("unknown-node", `No living node is named ${JSON.stringify(name.slice(0, 80))}.`, {
        members: { nodes: carryout.cluster().nodes.map((node) => node.name) },
      });
    }
    log.info({ drained: name }, "a node was asked to drain");
    // The page's own form, where no script took its place.
    if (context.req.header("content-type")?.startsWith("application/x-www-form-urlencoded")) {
      return context.redirect(`${services.basePath}/cluster`, 303);
    }
    return context.json({ name, draining: true }, 202);
  });
}

/** Views that are equal to the last one are not sent again. */
function createClusterFrame(): (view: ClusterView) => string | null {
  let last = "";
  return ({ nodes, downloads, unfinished }) => {
    const json = JSON.stringify({ nodes: nodes.map(presentNode), downloads, unfinished });
    if (json === last) return null;
    last = json;
    return eventFrame("cluster", json);
  };
}
