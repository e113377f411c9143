/** @module Validates a visitor's parameters by the generator's schema. */

import type { Json } from "../download/json.ts";
import { CarryoutError, messageOf } from "../errors.ts";
import type { Generator } from "./generator.ts";
import { jsonText, sizeOf } from "./json-copy.ts";
import { LARGEST_PARAMS_BYTES } from "./limits.ts";
import { brokenSchema, checkBy, type Mismatch, mismatchText, type SchemaName } from "./schema-check.ts";

/**
 * The schema's output for the parameters, as JSON. Without a schema they must be empty: {}. Fails with
 * `invalid-parameters`: `details.errors` are the first 20 `Mismatch`es, `details.moreErrors` how many were omitted.
 * `invalid-config` if the schema throws, returns an invalid result, or its output is not JSON.
 */
export async function validateParams(generator: Generator<unknown>, params: unknown): Promise<Json> {
  const { kind } = generator;
  const given = params ?? {};
  if (generator.params === undefined) {
    if (isEmptyObject(given)) return {};
    throw invalidParameters(kind, [{ path: "", message: "this kind takes no parameters" }]);
  }
  const name: SchemaName = { kind, option: "params" };
  const checked = await checkBy(generator.params, name, given);
  if (checked.mismatches) throw invalidParameters(kind, checked.mismatches, checked.count);
  const text = jsonOf(name, checked.value);
  const sizeBytes = sizeOf(text);
  if (sizeBytes <= LARGEST_PARAMS_BYTES) return JSON.parse(text) as Json;
  const message = `must be at most ${LARGEST_PARAMS_BYTES} bytes as JSON, not ${sizeBytes}`;
  throw invalidParameters(kind, [{ path: "", message }]);
}

function jsonOf(name: SchemaName, value: unknown): string {
  try {
    return jsonText(value, "its answer");
  } catch (error) {
    throw brokenSchema(name, `returns a value that can't be stored: ${messageOf(error)}`, error);
  }
}

function isEmptyObject(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
  );
}

/** The message contains the first error, the details all reported ones. */
function invalidParameters(kind: string, errors: Mismatch[], count = errors.length): CarryoutError {
  const moreErrors = count - errors.length;
  return new CarryoutError("invalid-parameters", `parameters of ${kind}: ${mismatchText(errors, count)}`, {
    details: { errors, ...(moreErrors > 0 ? { moreErrors } : {}) },
  });
}
