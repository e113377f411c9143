/** @module Metrics for Prometheus: the node and its HTTP interface, without user data. */

import type { MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import { Counter, Gauge, Registry } from "prom-client";
import type { Carryout } from "../tracker/carryout.ts";
import type { Refusals } from "./refusals.ts";

export interface HttpMetrics {
  /** Counts requests by route and status. */
  readonly count: MiddlewareHandler;
  /** Bytes of files sent to clients. */
  delivered(bytes: number): void;
  /** The figures now, in the text format that `contentType` names. */
  text(): Promise<string>;
  readonly contentType: string;
}

export interface MetricsSources {
  /** What is open now. */
  open: { streams: () => number; transfers: () => number; connections?: (() => number) | undefined };
  refusals: Refusals;
}

export function createMetrics(carryout: Carryout, { open, refusals }: MetricsSources): HttpMetrics {
  const registry = new Registry();
  const registers = [registry];

  const requests = new Counter({
    name: "carryout_http_requests_total",
    help: "Requests answered, by route, method and status",
    labelNames: ["route", "method", "status"],
    registers,
  });
  const delivered = new Counter({
    name: "carryout_file_bytes_total",
    help: "Bytes of files sent to clients",
    registers,
  });
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });

  gauge("carryout_nodes", "Living nodes, as seen by this node", () => carryout.cluster().nodes.length);
  gauge("carryout_downloads_unfinished", "Waiting and running downloads of the whole cluster", () => {
    return carryout.cluster().unfinished;
  });
  gauge("carryout_downloads_running", "Downloads that this node is generating", () => {
    return carryout.cluster().nodes.find((node) => node.name === carryout.name)?.running ?? 0;
  });
  gauge("carryout_ready", "1 when this node can serve and accept requests", () => {
    return carryout.trouble() === null && !carryout.draining ? 1 : 0;
  });
  gauge("carryout_event_streams", "Event streams open on this node", open.streams);
  gauge("carryout_file_transfers", "Files that this node is sending", open.transfers);
  if (open.connections) {
    gauge("carryout_http_connections", "Connections open to this node", open.connections);
  }
  new Counter({
    name: "carryout_refused_total",
    help: "Requests, connections and readers refused or disconnected, by the setting whose limit was reached",
    labelNames: ["limit"],
    registers,
    collect() {
      this.reset();
      for (const [limit, count] of refusals.counts()) this.inc({ limit }, count);
    },
  });

  return {
    count: async (context, next) => {
      await next();
      const route = matchedRoutes(context).find(({ method }) => method !== "ALL")?.path ?? "none";
      requests.inc({ route, method: context.req.method, status: context.res.status });
    },
    delivered: (bytes) => delivered.inc(bytes),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
