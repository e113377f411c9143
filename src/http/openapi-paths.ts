/** @module The paths of the OpenAPI document: one entry per route of the app, which a test compares. */

const ref = (kind: "schemas" | "responses" | "headers", name: string) => ({
  $ref: `#/components/${kind}/${name}`,
});
const json = (schema: string) => ({ "application/json": { schema: ref("schemas", schema) } });
const response = (name: string) => ref("responses", name);
const retryAfter = { "Retry-After": ref("headers", "RetryAfter") };
const etag = { ETag: ref("headers", "ETag") };
const seeOther = { description: "Back to the page; `carryout_error` in its query gives a problem code" };
const notModified = { description: "Not modified" };

const pathParameter = (name: string) => ({ name, in: "path", required: true, schema: { type: "string" } });
const headerParameter = (name: string) => ({ name, in: "header", schema: { type: "string" } });
const queryParameter = (name: string, schema: object) => ({ name, in: "query", schema });
const problemContent = { "application/problem+json": { schema: ref("schemas", "Problem") } };

const eventStream = (description: string) => ({
  description,
  content: { "text/event-stream": { schema: { type: "string" } } },
});

/** Answers that most calls on downloads share. */
const usual = {
  "401": response("Unauthenticated"),
  "429": response("TooMany"),
  "503": response("Unavailable"),
};
const changing = { ...usual, "403": response("CrossOrigin") };
const withBody = {
  "400": response("BadRequest"),
  "408": response("TooSlow"),
  "413": response("TooLarge"),
  "415": response("UnsupportedMediaType"),
};
const operators = [{ operatorToken: [] }, { operatorCookie: [] }];

const start = {
  tags: ["downloads"],
  summary: "Request a file",
  operationId: "startDownload",
  parameters: [
    {
      ...headerParameter("Idempotency-Key"),
      description:
        "The same for each retry of one request, a new one for each new request: a retry gets the download that the " +
        "first one created, even if it is finished, while it is in its slot. 1 to 255 printable characters.",
    },
  ],
  requestBody: {
    required: true,
    content: {
      ...json("StartRequest"),
      "application/x-www-form-urlencoded": { schema: ref("schemas", "StartForm") },
      "multipart/form-data": { schema: ref("schemas", "StartForm") },
    },
  },
  responses: {
    "200": {
      description: "Joined an equal running one, or repeated a request with its `Idempotency-Key`",
      headers: { ...retryAfter, Location: ref("headers", "Location") },
      content: json("Download"),
    },
    "202": {
      description: "Accepted",
      headers: { ...retryAfter, Location: ref("headers", "Location") },
      content: json("Download"),
    },
    "303": seeOther,
    "404": { description: "`unknown-kind`, with `kinds`", content: problemContent },
    "409": { description: "`download-in-progress`, with `download`", content: problemContent },
    "422": response("Unprocessable"),
    ...withBody,
    ...changing,
  },
};

const file = {
  tags: ["downloads"],
  summary: "Fetch the file",
  description: "HEAD answers the same without the file. A request for several ranges gets the whole file.",
  operationId: "fetchFile",
  parameters: [
    ...["id", "name"].map(pathParameter),
    ...["Range", "If-Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"].map(
      headerParameter,
    ),
  ],
  responses: {
    "200": { description: "The whole file", headers: etag, content: { "*/*": {} } },
    "206": { description: "The range requested by `Range`", headers: etag, content: { "*/*": {} } },
    "304": notModified,
    "404": response("NotFound"),
    "409": { description: "`not-ready`, with `download`", headers: retryAfter, content: problemContent },
    "410": {
      description: "`expired`, or `file-lost` if its bytes were removed from outside",
      content: problemContent,
    },
    "412": response("PreconditionFailed"),
    "416": { description: "`range-not-satisfiable`", content: problemContent },
    ...usual,
  },
};

const downloadPaths = {
  "/downloads": {
    post: start,
    get: {
      tags: ["downloads"],
      summary: "The user's downloads: unfinished, then finished, newest first",
      operationId: "listDownloads",
      parameters: [
        queryParameter("limit", { type: "integer", minimum: 1, maximum: 500, default: 100 }),
        queryParameter("after", { type: "string" }),
      ],
      responses: {
        "200": {
          description: 'One page; if there is another one, `Link` gives it with `rel="next"`',
          headers: { ...etag, Link: { schema: { type: "string" } } },
          content: json("Downloads"),
        },
        "304": notModified,
        "412": response("PreconditionFailed"),
        "422": response("Unprocessable"),
        ...usual,
      },
    },
  },
  "/downloads/events": {
    get: {
      tags: ["downloads"],
      summary: "Watch the user's downloads",
      description:
        "`event: snapshot` with `{ downloads }`, then `event: download` with a whole download and " +
        "`event: removed` with `{ id }`. A comment after 2 s of silence while something runs, else after 15 s. " +
        "Sets no cookie: a visitor without one has no downloads, and the stream ends after 10 s.",
      operationId: "watchDownloads",
      responses: {
        "200": eventStream("Until the client disconnects or the node stops; then reconnect"),
        ...usual,
      },
    },
  },
  "/downloads/viewer": {
    get: {
      tags: ["downloads"],
      summary: "The requesting user, as a tag that differs between users",
      description: "In `Carryout-Viewer`; absent without a user. Sets no cookie.",
      operationId: "getViewer",
      responses: { "204": { description: "In the header" }, ...usual },
    },
  },
  "/downloads/{id}": {
    parameters: [pathParameter("id")],
    get: {
      tags: ["downloads"],
      summary: "One download",
      operationId: "getDownload",
      responses: {
        "200": {
          description: "Its current state",
          headers: { ...etag, ...retryAfter },
          content: json("Download"),
        },
        "304": notModified,
        "404": response("NotFound"),
        "412": response("PreconditionFailed"),
        ...usual,
      },
    },
    delete: {
      tags: ["downloads"],
      summary: "Cancel or dismiss",
      operationId: "removeDownload",
      responses: {
        "204": { description: "Record and file are gone" },
        "404": response("NotFound"),
        ...changing,
      },
    },
    post: {
      tags: ["downloads"],
      summary: "Cancel, dismiss or retry from a form",
      operationId: "changeDownloadByForm",
      requestBody: {
        required: true,
        content: { "application/x-www-form-urlencoded": { schema: ref("schemas", "ActionForm") } },
      },
      responses: { "303": seeOther, ...withBody, ...changing },
    },
  },
  "/downloads/{id}/{name}": { get: file },
  "/downloads/sign-out": {
    post: {
      tags: ["downloads"],
      summary: "End an anonymous visitor's session: removes the cookie and all downloads",
      operationId: "signOut",
      responses: {
        "204": { description: "Done" },
        "303": seeOther,
        "404": {
          description: "`no-such-route`: the application identifies its users itself",
          content: problemContent,
        },
        ...changing,
      },
    },
  },
  "/downloads/{id}/retry": {
    parameters: [pathParameter("id")],
    post: {
      tags: ["downloads"],
      summary: "Retry a failed download with its own parameters",
      operationId: "retryDownload",
      responses: {
        "200": start.responses["200"],
        "202": start.responses["202"],
        "404": response("NotFound"),
        "409": {
          description: "`not-failed`; `download-in-progress`, with `download`, if its slot is in use",
          content: problemContent,
        },
        ...changing,
      },
    },
  },
};

const clusterPaths = {
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
      description: "`event: cluster` with `{ nodes, downloads, unfinished }`, at most ten a second",
      operationId: "watchCluster",
      security: operators,
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

const operationPaths = {
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

export const openApiPaths = { ...downloadPaths, ...clusterPaths, ...operationPaths };
