/** @module `/cluster`: which nodes live, what they do, and asking one to hand its work over. Operators only. */

import type { Context, Hono, MiddlewareHandler } from "hono";
import type { ClusterEvent, ClusterView } from "../tracker/status.ts";
import { clientAddress } from "./client-address.ts";
import { clusterDownloadRoutes } from "./cluster-downloads.ts";
import { eventFrame } from "./event-streams.ts";
import type { Operators } from "./operators.ts";
import { LINES, type Shares } from "./own-share.ts";
import { pageLimit } from "./pages.ts";
import { PEER_HEADER, type Peers } from "./peers.ts";
import { presentChanges, presentCluster, presentNode, presentWholeCluster } from "./present.ts";
import { HttpProblem } from "./problems.ts";
import type { Services } from "./services.ts";
import { whileAllowed } from "./while-allowed.ts";

/** Renders an HTML page. */
export type Page = () => string | Promise<string>;

const SILENCE_MS = 2_000;

const PAGE_HEADERS = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; "),
};

export function clusterRoutes(
  app: Hono,
  services: Services,
  options: { operators: Operators; peers: Peers; shares: Shares; page?: Page | undefined },
): void {
  const { carryout, streams, log } = services;
  const { operators, peers, shares, page } = options;
  const operatorsOnly = operators.only;

  if (page) {
    // The link that the command line prints: a redirect drops the token, so that no history or referrer contains it.
    app.get("/cluster", async (context, next) => {
      const token = context.req.query("token");
      if (token === undefined) return next();
      context.header("Set-Cookie", operators.signIn(context, token), { append: true });
      context.header("Cache-Control", "no-store");
      log.info({ address: clientAddress(context, services.trustProxy) }, "operator signed in");
      return context.redirect(`${services.basePath}/cluster`, 303);
    });
    app.get("/cluster", operatorsOnly, async (context) => context.html(await page(), 200, PAGE_HEADERS));
  }

  app.get("/cluster/nodes", operatorsOnly, (context) => {
    context.header("Cache-Control", "no-store");
    return context.json({ nodes: carryout.cluster().nodes.map(presentNode) });
  });

  const allowed = (context: Context, signal: AbortSignal) =>
    whileAllowed(signal, {
      clock: services.clock,
      everyMs: services.sessionCheckMs,
      isAllowed: () => operators.is(context),
      onFailure: (error) => services.logDeferred(error, {}, "operator check failed"),
    });

  app.get("/cluster/events", operatorsOnly, (context) => {
    const common = { silenceMs: () => SILENCE_MS, user: null };
    return context.req.query("changes") === undefined
      ? streams.open(context, {
          ...common,
          source: (signal) => carryout.watchCluster(allowed(context, signal)),
          frame: createClusterFrame(),
        })
      : streams.open(context, {
          ...common,
          source: (signal) => carryout.operations.watch(allowed(context, signal)),
          frame: changesFrame,
        });
  });

  clusterDownloadRoutes(app, services, { operatorsOnly, shares });

  app.get("/cluster/log", operatorsOnly, async (context) => {
    const { download, limit } = context.req.query();
    context.header("Cache-Control", "no-store");
    const lines = pageLimit(limit, LINES);
    return context.json(await shares.log({ download: download || undefined, limit: lines }));
  });

  app.get("/cluster/plots", operatorsOnly, async (context) => {
    context.header("Cache-Control", "no-store");
    return context.json(await shares.plots());
  });

  const operatorsOrPeers: MiddlewareHandler = (context, next) =>
    peers.isPeer(context.req.header(PEER_HEADER)) ? next() : operatorsOnly(context, next);

  app.get("/cluster/own", operatorsOrPeers, (context) => {
    const { part = "", download, limit } = context.req.query();
    context.header("Cache-Control", "no-store");
    const lines = pageLimit(limit, LINES);
    return context.json(shares.own({ part, download: download || undefined, limit: lines }));
  });

  app.post("/cluster/nodes/:name/drain", operatorsOnly, async (context) => {
    const name = context.req.param("name");
    const asked = await carryout.drainNode(name);
    if (asked === "silent") {
      throw new HttpProblem(
        "node-silent",
        `${JSON.stringify(name.slice(0, 80))} did not answer; it may be frozen or disconnected. Retry.`,
      );
    }
    if (asked === "unknown") {
      throw new HttpProblem("unknown-node", `No living node is named ${JSON.stringify(name.slice(0, 80))}.`, {
        members: { nodes: carryout.cluster().nodes.map((node) => node.name) },
      });
    }
    const address = clientAddress(context, services.trustProxy);
    log.info({ drained: name, address }, "operator requested a drain");
    // The page's own form, used without scripts.
    if (context.req.header("content-type")?.startsWith("application/x-www-form-urlencoded")) {
      return context.redirect(`${services.basePath}/cluster`, 303);
    }
    return context.json({ name, draining: true }, 202);
  });
}

function changesFrame(event: ClusterEvent): string {
  return event.type === "snapshot"
    ? eventFrame("cluster", JSON.stringify(presentWholeCluster(event)))
    : eventFrame("changes", JSON.stringify(presentChanges(event)));
}

/** A view equal to the last one is not sent again. */
function createClusterFrame(): (view: ClusterView) => string | null {
  let last = "";
  return (view) => {
    const json = JSON.stringify(presentCluster(view));
    if (json === last) return null;
    last = json;
    return eventFrame("cluster", json);
  };
}
