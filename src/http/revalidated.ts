/** @module JSON that a browser may cache but must revalidate: if unchanged, the answer is a 304. */

import type { Context } from "hono";
import { etagOf, evaluateConditions } from "./conditional.ts";
import { HttpProblem } from "./problems.ts";

/** Answers 200, 304, or fails with `precondition-failed`. */
export function revalidated(context: Context, value: unknown): Response {
  const body = JSON.stringify(value);
  const etag = etagOf(body);
  context.header("ETag", etag);
  context.header("Cache-Control", "private, no-cache");
  const verdict = evaluateConditions(context.req.raw.headers, { etag, modifiedAt: null });
  if (verdict === "not-modified") return context.body(null, 304);
  if (verdict === "failed") throw new HttpProblem("precondition-failed", "The resource has changed.");
  return context.body(body, 200, { "Content-Type": "application/json" });
}
