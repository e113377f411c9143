/** @module The state that a run resumes from, by the generator's schema. */

import type { Json } from "../download/json.ts";
import type { StandardSchema } from "./generator.ts";
import { checkBy, mismatchText } from "./schema-check.ts";

/** A state that the schema refuses. */
class StateMismatch extends TypeError {
  readonly startOver = true;
}

/**
 * What the schema makes of a saved state. Fails with a `TypeError` that says what was expected, and that the file is
 * to be started over; with `invalid-config` when the schema itself fails.
 */
export async function resumedState(kind: string, schema: StandardSchema, saved: Json): Promise<unknown> {
  const checked = await checkBy(schema, { kind, option: "state" }, saved);
  if (!checked.mismatches) return checked.value;
  const text = mismatchText(checked.mismatches, checked.count);
  throw new StateMismatch(
    `the state of the last checkpoint does not fit the state schema of ${kind}: ${text}`,
  );
}
