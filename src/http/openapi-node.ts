/** @module The calls on the cluster, its nodes and their files, in the OpenAPI document. */

import { clusterDownloadPaths } from "./openapi-operations.ts";
import {
  etag,
  eventStream,
  json,
  notModified,
  operators,
  pathParameter,
  problemContent,
  queryParameter,
  response,
  retryAfter,
} from "./openapi-parts.ts";

export const clusterPaths = {
  ...clusterDownloadPaths,
  "/cluster": {
    get: {
      tags: ["cluster"],
      summary: "The cluster as a page",
      operationId: "clusterPage",
      security: operators,
      parameters: [
        {
          name: "token",
          in: "query",
          description: "The operator token: exchanged for a cookie and removed from the address",
          schema: { type: "string" },
        },
      ],
      responses: {
        "200": { description: "HTML", content: { "text/html": {} } },
        "303": { description: "The token is valid: redirects to the page without it" },
        "403": response("Forbidden"),
      },
    },
  },
  "/cluster/nodes": {
    get: {
      tags: ["cluster"],
      summary: "The living nodes",
      operationId: "listNodes",
      security: operators,
      responses: {
        "200": { description: "As seen by this node", content: json("Nodes") },
        "403": response("Forbidden"),
      },
    },
  },
  "/cluster/events": {
    get: {
      tags: ["cluster"],
      summary: "Watch the cluster",
      description:
        "`event: cluster` with a `Cluster`, at most ten a second. With `changes`: one `cluster`, then `event: changes` " +
        "with a `ClusterChanges`, at most four a second",
      operationId: "watchCluster",
      security: operators,
      parameters: [queryParameter("changes", { type: "string" })],
      responses: {
        "200": eventStream("Until the client disconnects or the node stops"),
        "403": response("Forbidden"),
        "503": response("Unavailable"),
      },
    },
  },
  "/cluster/nodes/{name}/drain": {
    post: {
      tags: ["cluster"],
      summary: "Make a node hand over its work and accept no more",
      operationId: "drainNode",
      security: operators,
      parameters: [pathParameter("name")],
      responses: {
        "202": { description: "The node received the request" },
        "403": response("Forbidden"),
        "404": { description: "`unknown-node`", content: problemContent },
        "503": {
          description:
            "`node-silent`: it did not answer within seconds and may be frozen or disconnected; and as `Unavailable`",
          content: problemContent,
        },
      },
    },
  },
};

export const operationPaths = {
  "/healthz": {
    get: {
      tags: ["operation"],
      summary: "The process responds",
      operationId: "health",
      responses: { "200": { description: "Alive" } },
    },
  },
  "/readyz": {
    get: {
      tags: ["operation"],
      summary: "The node accepts requests",
      operationId: "readiness",
      responses: {
        "200": { description: "Ready" },
        "503": {
          description: "`not-serving`; the reason is shown to operators only",
          headers: retryAfter,
          content: problemContent,
        },
      },
    },
  },
  "/metrics": {
    get: {
      tags: ["operation"],
      summary: "Metrics for Prometheus",
      operationId: "metrics",
      security: operators,
      responses: {
        "200": { description: "Text format", content: { "text/plain": {} } },
        "403": response("Forbidden"),
      },
    },
  },
  "/openapi.json": {
    get: {
      tags: ["operation"],
      summary: "This document",
      operationId: "openApi",
      responses: { "200": { description: "OpenAPI 3.1", content: { "application/json": {} } } },
    },
  },
  "/carryout/{file}": {
    get: {
      tags: ["operation"],
      summary: "Browser files: elements, styles",
      operationId: "asset",
      parameters: [pathParameter("file")],
      responses: {
        "200": { description: "The file", headers: etag, content: { "*/*": {} } },
        "304": notModified,
        "404": { description: "`no-such-route`", content: problemContent },
      },
    },
  },
};
