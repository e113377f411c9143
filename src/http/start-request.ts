/** @module Parses the request of `POST /downloads` from JSON or form fields. */

import type { StartRequest } from "../tracker/carryout.ts";
import { startRequestSchema } from "../wire/start-request.ts";
import { type FormFields, firstOf, shaped } from "./body.ts";

/** Unknown members are ignored. Fails with `invalid-request` and one entry of `errors` per mismatch. */
export function fromJson(body: unknown): Omit<StartRequest, "user"> {
  return shaped(startRequestSchema, body);
}

const PARAMETER = "params.";

/**
 * Fields `kind`, `slot` and `params.<name>`; an empty field counts as absent, a repeated one is a list. Fails as `fromJson`
 * does.
 */
export function fromForm(fields: FormFields): Omit<StartRequest, "user"> {
  const params = new Map<string, string | string[]>();
  for (const [name, given] of fields) {
    const values = given.filter((value) => value !== "");
    if (!name.startsWith(PARAMETER) || values.length === 0) continue;
    params.set(name.slice(PARAMETER.length), values.length === 1 ? (values[0] as string) : values);
  }
  return fromJson({
    kind: firstOf(fields, "kind") || undefined,
    slot: firstOf(fields, "slot") || undefined,
    ...(params.size > 0 && { params: Object.fromEntries(params) }),
  });
}
