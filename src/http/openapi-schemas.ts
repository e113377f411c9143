/** @module The reusable parts of the OpenAPI document: schemas, headers, problems as responses. */

const time = { type: "string", format: "date-time", description: "RFC 3339, UTC" };
const timeOrNull = { ...time, type: ["string", "null"] };
const count = { type: "integer", minimum: 0 };

const schemas = {
  StartRequest: {
    type: "object",
    required: ["kind"],
    properties: {
      kind: { type: "string", description: "Which generator makes the file", examples: ["cities.csv"] },
      params: { description: "What the generator needs to know; validated before the request is accepted" },
      slot: {
        type: "string",
        pattern: "^[A-Za-z0-9_-]{1,64}$",
        default: "default",
        description: "A user has at most one download per slot",
      },
    },
  },
  StartForm: {
    type: "object",
    required: ["kind"],
    description:
      "The same from a form. Parameters are fields named `params.<name>`; an empty field is absent.",
    properties: {
      kind: { type: "string" },
      slot: { type: "string" },
      return_to: { type: "string", description: "A path of this origin to go back to" },
    },
    additionalProperties: { type: "string" },
  },
  RemoveForm: {
    type: "object",
    required: ["_method"],
    properties: { _method: { const: "delete" }, return_to: { type: "string" } },
  },
  Download: {
    type: "object",
    required: [
      ...["id", "slot", "kind", "state", "progress", "position", "etaMs", "node", "epoch", "file", "error"],
      ...["requestedAt", "startedAt", "finishedAt", "expiresAt"],
    ],
    properties: {
      id: { type: "string", description: "Unguessable, URL-safe" },
      slot: { type: "string" },
      kind: { type: "string" },
      state: { enum: ["pending", "processing", "ready", "error"] },
      progress: { $ref: "#/components/schemas/Progress" },
      position: { type: ["integer", "null"], minimum: 1, description: "1 for the next in line" },
      etaMs: { type: ["number", "null"], description: "Expected milliseconds until it is ready" },
      node: { type: ["string", "null"], description: "The holder as `name/incarnation`" },
      epoch: { ...count, description: "Grows by one whenever a node takes it" },
      file: { oneOf: [{ $ref: "#/components/schemas/File" }, { type: "null" }] },
      error: { oneOf: [{ $ref: "#/components/schemas/Failure" }, { type: "null" }] },
      requestedAt: time,
      startedAt: timeOrNull,
      finishedAt: timeOrNull,
      expiresAt: timeOrNull,
    },
  },
  Progress: {
    type: "object",
    required: ["done", "total", "fraction", "message"],
    properties: {
      done: { type: "number", minimum: 0 },
      total: { type: ["number", "null"] },
      fraction: {
        type: ["number", "null"],
        minimum: 0,
        maximum: 1,
        description: "Never falls; 1 only when the file can be fetched; null while no total is known",
      },
      message: { type: ["string", "null"] },
    },
  },
  File: {
    type: "object",
    required: ["name", "type", "size", "sha256", "url"],
    properties: {
      name: { type: "string" },
      type: { type: "string", description: "A media type" },
      size: { ...count, description: "Bytes" },
      sha256: { type: "string", pattern: "^[0-9a-f]{64}$" },
      url: { type: "string", format: "uri-reference" },
    },
  },
  Failure: {
    type: "object",
    required: ["code", "message", "retriable"],
    properties: {
      code: { type: "string" },
      message: {
        type: "string",
        description: "For the user; the reason is in the log, under the download's id",
      },
      retriable: { type: "boolean", description: "False when the same request is bound to fail again" },
    },
  },
  Downloads: {
    type: "object",
    required: ["downloads"],
    properties: { downloads: { type: "array", items: { $ref: "#/components/schemas/Download" } } },
  },
  Node: {
    type: "object",
    required: ["name", "incarnation", "url", "version", "capacity", "running", "draining"],
    properties: {
      name: { type: "string" },
      incarnation: { type: "string", description: "New at every process start" },
      url: { type: ["string", "null"], description: "Where this node alone answers" },
      pid: { type: "integer", description: "On a local cluster" },
      version: { type: "string" },
      capacity: { ...count, description: "Generations at a time" },
      running: { ...count, description: "Generations that it holds" },
      draining: { type: "boolean" },
    },
  },
  Nodes: {
    type: "object",
    required: ["nodes"],
    properties: { nodes: { type: "array", items: { $ref: "#/components/schemas/Node" } } },
  },
  Problem: {
    type: "object",
    required: ["type", "title", "status", "code", "detail"],
    properties: {
      type: { type: "string", format: "uri" },
      title: { type: "string" },
      status: { type: "integer" },
      code: { type: "string", description: "The last part of `type`" },
      detail: { type: "string" },
      errors: {
        type: "array",
        description: "With `invalid-parameters` and `invalid-request`",
        items: {
          type: "object",
          properties: { path: { type: "string" }, message: { type: "string" } },
        },
      },
      kinds: {
        type: "array",
        items: { type: "string" },
        description: "With `unknown-kind`: the kinds there are",
      },
      download: {
        $ref: "#/components/schemas/Download",
        description: "With `download-in-progress` and `not-ready`",
      },
      reference: { type: "string", description: "With `internal-error`: under which it was logged" },
    },
  },
};

const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
});

const later = (description: string) => ({ ...problem(description), headers: { "Retry-After": retryAfter } });

const retryAfter = { description: "Seconds", schema: count };

export const openApiComponents = {
  schemas,
  headers: {
    RetryAfter: retryAfter,
    ETag: { description: "A strong entity tag", schema: { type: "string" } },
    Location: { description: "The download", schema: { type: "string", format: "uri-reference" } },
  },
  responses: {
    BadRequest: problem("`invalid-json`, `invalid-form`"),
    Unauthenticated: problem("`unauthenticated`: the application does not know who asks"),
    CrossOrigin: problem("`cross-origin`: a page of another site asked"),
    Forbidden: problem("`forbidden`: for operators only"),
    NotFound: problem("`not-found`: there is none with this id, or it is somebody else's"),
    TooLarge: problem("`body-too-large`"),
    UnsupportedMediaType: problem("`unsupported-media-type`"),
    Unprocessable: problem("`invalid-parameters`, `invalid-request`, with `errors`"),
    PreconditionFailed: problem("`precondition-failed`"),
    Unavailable: later("`unavailable`, `draining`: nothing was changed; ask again, another node may answer"),
  },
  securitySchemes: {
    operatorToken: { type: "http", scheme: "bearer" },
    operatorCookie: {
      type: "apiKey",
      in: "cookie",
      name: "carryout-operator",
      description: "Set by `/cluster?token=…`; behind https with the prefix `__Host-`",
    },
  },
};
