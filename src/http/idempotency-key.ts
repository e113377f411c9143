/** @module The header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): one request, however often it is sent. */

import { HttpProblem } from "./problems.ts";

export const IDEMPOTENCY_KEY = "Idempotency-Key";

const LONGEST = 255;
/** A structured-field string; the quotes, which many clients omit, are optional. */
const QUOTED = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/;
const BARE = /^[!#-+\--[\]-~]+$/;

/** The key of a request, or null when it has none. Fails with `invalid-request` for one that is empty or too long. */
export function idempotencyKey(headers: Headers): string | null {
  const given = headers.get(IDEMPOTENCY_KEY)?.trim();
  if (given === undefined) return null;
  const key = QUOTED.exec(given)?.[1]?.replace(/\\(.)/g, "$1") ?? BARE.exec(given)?.[0] ?? "";
  if (key.length > 0 && key.length <= LONGEST) return key;
  const message = `${IDEMPOTENCY_KEY} must be a string of 1 to ${LONGEST} printable ASCII characters such as "8e03978e", not ${JSON.stringify(given.slice(0, 80))}`;
  throw new HttpProblem("invalid-request", message, {
    members: { errors: [{ path: IDEMPOTENCY_KEY, message }] },
  });
}
