/** @module The calls on downloads, in the OpenAPI document. */

import {
  changing,
  etag,
  eventStream,
  headerParameter,
  json,
  notModified,
  pathParameter,
  problemContent,
  queryParameter,
  ref,
  response,
  retryAfter,
  seeOther,
  usual,
  withBody,
} from "./openapi-parts.ts";

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
    "302": {
      description:
        "The file store delivers the file at `Location`, to whoever asks within a short time; see docs/s3.md",
      headers: { Location: { description: "The address of the file", schema: { type: "string" } } },
    },
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

export const downloadPaths = {
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
  "/downloads/exports": {
    get: {
      tags: ["downloads"],
      summary: "What can be exported: formats, columns, parameters",
      operationId: "listExports",
      responses: {
        "200": { description: "All exports of this node", headers: etag, content: json("Exports") },
        "304": notModified,
        "412": response("PreconditionFailed"),
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
