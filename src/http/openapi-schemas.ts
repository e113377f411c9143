/** @module The reusable parts of the OpenAPI document: schemas of the wire format, headers, problems as responses. */

import { jsonSchemas } from "../wire/json-schemas.ts";

const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
});

const later = (description: string) => ({ ...problem(description), headers: { "Retry-After": retryAfter } });

const retryAfter = { description: "Seconds", schema: { type: "integer", minimum: 0 } };

export const openApiComponents = {
  schemas: jsonSchemas("#/components/schemas/"),
  headers: {
    RetryAfter: retryAfter,
    ETag: { description: "A strong entity tag", schema: { type: "string" } },
    Location: { description: "The download", schema: { type: "string", format: "uri-reference" } },
  },
  responses: {
    BadRequest: problem("`invalid-json`, `invalid-form`"),
    Unauthenticated: problem("`unauthenticated`: the application did not identify the sender"),
    CrossOrigin: problem("`cross-origin`: the request comes from a page of another site"),
    Forbidden: problem("`forbidden`: for operators only"),
    NotFound: problem("`not-found`: no download with this id, or it belongs to another user"),
    TooSlow: problem("`request-timeout`"),
    TooLarge: problem("`body-too-large`"),
    TooMany: problem(
      "`too-many-downloads`, `too-many-streams`, `too-many-transfers`, with `limit`: the setting whose limit was reached",
    ),
    UnsupportedMediaType: problem("`unsupported-media-type`"),
    Unprocessable: problem("`invalid-parameters`, `invalid-request`, with `errors`; `key-reused`"),
    PreconditionFailed: problem("`precondition-failed`"),
    Unavailable: later("`unavailable`, `draining`: nothing was changed; retry, another node may answer"),
  },
  securitySchemes: {
    operatorToken: { type: "http", scheme: "bearer" },
    operatorCookie: {
      type: "apiKey",
      in: "cookie",
      name: "carryout-operator",
      description:
        "Set by `/cluster?token=…`; with HTTPS, prefixed `__Host-`, or `__Secure-` below a base path",
    },
  },
};
