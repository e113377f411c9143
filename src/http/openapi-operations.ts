/** @module What operators find, look at and change, in the OpenAPI document. */

import {
  json,
  operators,
  pathParameter,
  problemContent,
  queryParameter,
  response,
  withBody,
} from "./openapi-parts.ts";

const text = { type: "string" };
const forbidden = { "403": response("Forbidden") };
const reading = {
  ...forbidden,
  "422": { description: "`invalid-request`", content: problemContent },
  "503": response("Unavailable"),
};
const limitParameter = (most: number, usual: number) =>
  queryParameter("limit", { type: "integer", minimum: 1, maximum: most, default: usual });

const bulk = (summary: string, description: string, operationId: string) => ({
  post: {
    tags: ["cluster"],
    summary,
    description,
    operationId,
    security: operators,
    requestBody: { required: true, content: json("Ids") },
    responses: {
      "200": { description: "One result per id", content: json("Outcomes") },
      ...withBody,
      ...reading,
    },
  },
});

export const clusterDownloadPaths = {
  "/cluster/downloads": {
    get: {
      tags: ["cluster"],
      summary: "Find downloads of all users",
      description:
        "Unfinished ones first, then finished ones, roughly the latest first. A page may have few or no downloads although " +
        "there are more: `next` says so",
      operationId: "findDownloads",
      security: operators,
      parameters: [
        queryParameter("id", {
          ...text,
          description: "Whole; of an unfinished one, four characters are enough",
        }),
        queryParameter("user", text),
        queryParameter("kind", text),
        queryParameter("state", { type: "string", enum: ["pending", "processing", "ready", "error"] }),
        limitParameter(200, 50),
        queryParameter("after", text),
      ],
      responses: { "200": { description: "A page", content: json("FoundDownloads") }, ...reading },
    },
  },
  "/cluster/downloads/{id}": {
    get: {
      tags: ["cluster"],
      summary: "The story of one download",
      operationId: "downloadStory",
      security: operators,
      parameters: [pathParameter("id")],
      responses: {
        "200": { description: "With what the living nodes remember", content: json("Story") },
        "404": response("NotFound"),
        ...reading,
      },
    },
  },
  "/cluster/downloads/cancel": bulk(
    "Cancel unfinished downloads",
    "A finished one is refused with `finished`: its file stays",
    "cancelDownloads",
  ),
  "/cluster/downloads/retry": bulk(
    "Retry failed downloads",
    "Each as its user could: with the same kind, slot and parameters",
    "retryDownloads",
  ),
  "/cluster/log": {
    get: {
      tags: ["cluster"],
      summary: "The last lines of all nodes' logs, from `info` on",
      operationId: "clusterLog",
      security: operators,
      parameters: [queryParameter("download", text), limitParameter(1_000, 200)],
      responses: { "200": { description: "The newest first", content: json("Log") }, ...reading },
    },
  },
  "/cluster/plots": {
    get: {
      tags: ["cluster"],
      summary: "What the cluster did in each of the last 1,440 minutes",
      description: "Kept by each node in memory, and added up",
      operationId: "clusterPlots",
      security: operators,
      responses: { "200": { description: "As far as nodes remember", content: json("Plots") }, ...reading },
    },
  },
  "/cluster/own": {
    get: {
      tags: ["cluster"],
      summary: "What this node alone knows",
      description: "For the other nodes, which sign their requests with the shared secret",
      operationId: "ownShare",
      security: operators,
      parameters: [
        { ...queryParameter("part", { type: "string", enum: ["log", "plots", "download"] }), required: true },
        queryParameter("download", text),
        limitParameter(1_000, 200),
      ],
      responses: { "200": { description: "The part asked for", content: json("OwnShare") }, ...reading },
    },
  },
};
