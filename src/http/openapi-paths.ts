/** @module The paths of the OpenAPI document: one entry per route of the app, which a test compares. */

const ref = (kind: "schemas" | "responses" | "headers", name: string) => ({
  $ref: `#/components/${kind}/${name}`,
});
const json = (schema: string) => ({ "application/json": { schema: ref("schemas", schema) } });
const response = (name: string) => ref("responses", name);
const retryAfter = { "Retry-After": ref("headers", "RetryAfter") };
const etag = { ETag: ref("headers", "ETag") };
const seeOther = { description: "Back to the page; `carryout_error` in its query names a problem" };
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
  summary: "Ask for a file",
  operationId: "startDownload",
  parameters: [
    {
      ...headerParameter("Idempotency-Key"),
      description:
        "The same for every repeat of one request, a new one for each request: a repeat gets the download that the " +
        "first one made, also when that is finished, for as long as it is in its slot. 1 to 255 printable characters.",
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
      description:
        "Joined an equal one that is running, or is a repeat with the `Idempotency-Key` of the first request",
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
  description:
    "HEAD answers the same without the file. Several ranges in one request are answered with the whole.",
  operationId: "fetchFile",
  parameters: [
    ...["id", "name"].map(pathParameter),
    ...["Range", "If-Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"].map(
      headerParameter,
    ),
  ],
  responses: {
    "200": { description: "The whole file", headers: etag, content: { "*/*": {} } },
    "206": { description: "The part that `Range` asks for", headers: etag, content: { "*/*": {} } },
    "304": notModified,
    "404": response("NotFound"),
    "409": { description: "`not-ready`, with `download`", headers: retryAfter, content: problemContent },
    "410": {
      description: "`expired`, or `file-lost` when something else removed its bytes",
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
      summary: "The user's downloads: the unfinished, then the finished, newest first",
      operationId: "listDownloads",
      parameters: [
        queryParameter("limit", { type: "integer", minimum: 1, maximum: 500, default: 100 }),
        queryParameter("after", { type: "string" }),
      ],
      responses: {
        "200": {
          description: 'A page of them; where there is another one, `Link` names it with `rel="next"`',
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
        "Gives no cookie: a visitor without one has nothing, and the stream ends after 10 s.",
      operationId: "watchDownloads",
      responses: {
        "200": eventStream("Until the client leaves or the node stops; then connect again"),
        ...usual,
      },
    },
  },
  "/downloads/viewer": {
    get: {
      tags: ["downloads"],
      summary: "Who asks, as a tag that differs between users",
      description: "In `Carryout-Viewer`; without it when nobody does. Gives no cookie.",
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
          description: "As it is now",
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
      summary: "Cancel, dismiss or try again from a form",
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
      summary: "End an anonymous visitor's visit: the cookie and all downloads go",
      operationId: "signOut",
      responses: {
        "204": { description: "Done" },
        "303": seeOther,
        "404": { description: "`no-such-route`: the application knows its users", content: problemContent },
        ...changing,
      },
    },
  },
  "/downloads/{id}/retry": {
    parameters: [pathParameter("id")],
    post: {
      tags: ["downloads"],
      summary: "Ask anew for a download that failed, with its own parameters",
      operationId: "retryDownload",
      responses: {
        "200": start.responses["200"],
        "202": start.responses["202"],
        "404": response("NotFound"),
        "409": {
          description: "`not-failed`; `download-in-progress`, with `download`, when its slot was taken",
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
          description: "The operator token: it is exchanged for a cookie, and left out of the address",
          schema: { type: "string" },
        },
      ],
      responses: {
        "200": { description: "HTML", content: { "text/html": {} } },
        "303": { description: "The token was right: the same page, without it" },
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
        "200": { description: "As this node sees them", content: json("Nodes") },
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
        "200": eventStream("Until the client leaves or the node stops"),
        "403": response("Forbidden"),
        "503": response("Unavailable"),
      },
    },
  },
  "/cluster/nodes/{name}/drain": {
    post: {
      tags: ["cluster"],
      summary: "Ask a node to hand its work over and take no more",
      operationId: "drainNode",
      security: operators,
      parameters: [pathParameter("name")],
      responses: {
        "202": { description: "The node has heard it" },
        "403": response("Forbidden"),
        "404": { description: "`unknown-node`", content: problemContent },
        "503": {
          description:
            "`node-silent`: it did not answer within some seconds, it may be frozen or cut off; and as `Unavailable`",
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
      summary: "The process answers",
      operationId: "health",
      responses: { "200": { description: "Alive" } },
    },
  },
  "/readyz": {
    get: {
      tags: ["operation"],
      summary: "The node takes requests",
      operationId: "readiness",
      responses: {
        "200": { description: "Ready" },
        "503": {
          description: "`not-serving`; operators are told why",
          headers: retryAfter,
          content: problemContent,
        },
      },
    },
  },
  "/metrics": {
    get: {
      tags: ["operation"],
      summary: "Figures for Prometheus",
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
