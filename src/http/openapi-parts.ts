/** @module What the paths of the OpenAPI document have in common. */

export const ref = (kind: "schemas" | "responses" | "headers", name: string) => ({
  $ref: `#/components/${kind}/${name}`,
});
export const json = (schema: string) => ({ "application/json": { schema: ref("schemas", schema) } });
export const response = (name: string) => ref("responses", name);
export const retryAfter = { "Retry-After": ref("headers", "RetryAfter") };
export const etag = { ETag: ref("headers", "ETag") };
export const seeOther = {
  description: "Back to the page; `carryout_error` in its query gives a problem code",
};
export const notModified = { description: "Not modified" };

export const pathParameter = (name: string) => ({
  name,
  in: "path",
  required: true,
  schema: { type: "string" },
});
export const headerParameter = (name: string) => ({ name, in: "header", schema: { type: "string" } });
export const queryParameter = (name: string, schema: object) => ({ name, in: "query", schema });
export const problemContent = { "application/problem+json": { schema: ref("schemas", "Problem") } };

export const eventStream = (description: string) => ({
  description,
  content: { "text/event-stream": { schema: { type: "string" } } },
});

/** Answers that most calls on downloads share. */
export const usual = {
  "401": response("Unauthenticated"),
  "429": response("TooMany"),
  "503": response("Unavailable"),
};
export const changing = { ...usual, "403": response("CrossOrigin") };
export const withBody = {
  "400": response("BadRequest"),
  "408": response("TooSlow"),
  "413": response("TooLarge"),
  "415": response("UnsupportedMediaType"),
};
export const operators = [{ operatorToken: [] }, { operatorCookie: [] }];
