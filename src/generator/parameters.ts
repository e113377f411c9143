/** @module What a visitor may ask for: checked by the generator's schema, which is code of the application and may fail. */

import type { Json } from "../download/json.ts";
import { CarryoutError, messageOf } from "../errors.ts";
import { readProperty } from "../text/thrown.ts";
import { valueName } from "../text/value-name.ts";
import type { Generator, StandardResult, StandardSchema } from "./generator.ts";
import { jsonText, sizeOf } from "./json-copy.ts";
import { LARGEST_PARAMS_BYTES } from "./limits.ts";
import { oneLine } from "./one-line.ts";

/** One parameter that does not validate. `path` is "country" or "range.from"; "" is the whole value. */
export interface ParameterError {
  path: string;
  message: string;
}

/** As many as somebody reads. A visitor can send thousands of wrong items in a few kilobytes. */
const MOST_ERRORS = 20;
const LONGEST_MESSAGE = 200;
const LONGEST_PATH = 200;

/**
 * What the generator's schema makes of the parameters, as JSON. Without a schema there must be none: {}. Fails with
 * `invalid-parameters`: `details.errors` are the first 20 `ParameterError`s, `details.moreErrors` how many are left
 * out. `invalid-config` when the schema throws, answers nothing that can be meant, or gives what is no JSON.
 */
export async function validateParams(generator: Generator<unknown>, params: unknown): Promise<Json> {
  const given = params ?? {};
  if (generator.params === undefined) {
    if (isEmptyObject(given)) return {};
    throw invalidParameters(generator, [{ path: "", message: "this kind takes no parameters" }], 1);
  }
  const result = await resultOf(generator, given);
  if (result.issues !== undefined) {
    const errors = result.issues.slice(0, MOST_ERRORS).map(parameterError);
    throw invalidParameters(generator, errors, result.issues.length);
  }
  const text = jsonOf(generator, result.value);
  const sizeBytes = sizeOf(text);
  if (sizeBytes <= LARGEST_PARAMS_BYTES) return JSON.parse(text) as Json;
  const message = `must be at most ${LARGEST_PARAMS_BYTES} bytes as JSON, not ${sizeBytes}`;
  throw invalidParameters(generator, [{ path: "", message }], 1);
}

async function resultOf(generator: Generator<unknown>, given: unknown): Promise<StandardResult<unknown>> {
  let result: unknown;
  try {
    result = await check(generator.params as StandardSchema, given);
  } catch (error) {
    throw brokenSchema(generator, `failed: ${messageOf(error)}`, error);
  }
  const issues = readProperty(result, "issues");
  if (typeof result === "object" && result !== null && (issues === undefined || Array.isArray(issues))) {
    return result as StandardResult<unknown>;
  }
  throw brokenSchema(
    generator,
    `must return { value } or { issues: [] }, not ${valueName(issues ?? result)}`,
  );
}

/**
 * A zod schema with an async check is asked by its own async method: its `validate` first tries to do without, and
 * what then rejects is a promise that nobody holds.
 */
async function check(schema: StandardSchema, given: unknown): Promise<unknown> {
  const { safeParseAsync } = schema as Partial<ZodSchema>;
  if (schema["~standard"].vendor !== "zod" || typeof safeParseAsync !== "function") {
    return schema["~standard"].validate(given);
  }
  const parsed = await safeParseAsync.call(schema, given);
  return parsed.success ? { value: parsed.data } : { issues: parsed.error.issues };
}

interface ZodSchema {
  safeParseAsync(
    value: unknown,
  ): Promise<{ success: true; data: unknown } | { success: false; error: { issues: unknown } }>;
}

function jsonOf(generator: Generator<unknown>, value: unknown): string {
  try {
    return jsonText(value, "its answer");
  } catch (error) {
    throw brokenSchema(generator, `returns a value that can't be stored: ${messageOf(error)}`, error);
  }
}

function brokenSchema({ kind }: Generator<unknown>, what: string, cause?: unknown): CarryoutError {
  return new CarryoutError("invalid-config", `the params schema of ${kind} ${what}`, {
    details: { kind },
    cause,
  });
}

function isEmptyObject(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
  );
}

function parameterError(issue: unknown): ParameterError {
  const message = readProperty(issue, "message");
  const path = readProperty(issue, "path");
  return {
    path: Array.isArray(path) ? path.slice(0, 20).map(segmentText).join(".").slice(0, LONGEST_PATH) : "",
    message: (typeof message === "string" && oneLine(message, LONGEST_MESSAGE)) || "is not valid",
  };
}

function segmentText(segment: unknown): string {
  return messageOf(typeof segment === "object" ? readProperty(segment, "key") : segment).slice(
    0,
    LONGEST_PATH,
  );
}

/** The message tells the first error; all that are told stand in the details. */
function invalidParameters(
  { kind }: Generator<unknown>,
  errors: ParameterError[],
  count: number,
): CarryoutError {
  const [{ path, message } = { path: "", message: "not valid" }] = errors;
  const others = count > 1 ? ` (and ${count - 1} more)` : "";
  const text = `parameters of ${kind}: ${path === "" ? "" : `${path}: `}${message}${others}`;
  const moreErrors = count - errors.length;
  return new CarryoutError("invalid-parameters", text, {
    details: { errors, ...(moreErrors > 0 ? { moreErrors } : {}) },
  });
}
