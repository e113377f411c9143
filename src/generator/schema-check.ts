/** @module Asks a schema, which is code of the application and may fail. */

import { CarryoutError, messageOf } from "../errors.ts";
import { readProperty } from "../text/thrown.ts";
import { valueName } from "../text/value-name.ts";
import type { StandardResult, StandardSchema } from "./generator.ts";
import { oneLine } from "./one-line.ts";

/** One thing in a value that does not fit. `path` is "country" or "range.from"; "" is the whole value. */
export interface Mismatch {
  path: string;
  message: string;
}

export type Checked = { value: unknown; mismatches: null } | { mismatches: Mismatch[]; count: number };

/** As many as are useful. A visitor can send thousands of invalid items in a few kilobytes. */
const MOST_MISMATCHES = 20;
const LONGEST_MESSAGE = 200;
const LONGEST_PATH = 200;

/** Which schema of which generator is asked. */
export interface SchemaName {
  kind: string;
  option: "params" | "state";
}

/**
 * What the schema makes of the value, or the first 20 mismatches and how many there are. Fails with `invalid-config` when
 * the schema throws, or answers nothing that can be meant.
 */
export async function checkBy(schema: StandardSchema, name: SchemaName, given: unknown): Promise<Checked> {
  const result = await resultOf(schema, name, given);
  if (result.issues === undefined) return { value: result.value, mismatches: null };
  return {
    mismatches: result.issues.slice(0, MOST_MISMATCHES).map(mismatchOf),
    count: result.issues.length,
  };
}

export function brokenSchema({ kind, option }: SchemaName, what: string, cause?: unknown): CarryoutError {
  return new CarryoutError("invalid-config", `the ${option} schema of ${kind} ${what}`, {
    details: { kind },
    cause,
  });
}

/** The first mismatch and how many more there are, for people. */
export function mismatchText([first]: readonly Mismatch[], count: number): string {
  const { path, message } = first ?? { path: "", message: "not valid" };
  return `${path === "" ? "" : `${path}: `}${message}${count > 1 ? ` (and ${count - 1} more)` : ""}`;
}

async function resultOf(
  schema: StandardSchema,
  name: SchemaName,
  given: unknown,
): Promise<StandardResult<unknown>> {
  let result: unknown;
  try {
    result = await validate(schema, given);
  } catch (error) {
    throw brokenSchema(name, `failed: ${messageOf(error)}`, error);
  }
  const issues = readProperty(result, "issues");
  if (typeof result === "object" && result !== null && (issues === undefined || Array.isArray(issues))) {
    return result as StandardResult<unknown>;
  }
  throw brokenSchema(name, `must return { value } or { issues: [] }, not ${valueName(issues ?? result)}`);
}

/**
 * A zod schema with an async check is called through its own async method: its `validate` tries synchronously first,
 * which leaves behind an unhandled rejection.
 */
async function validate(schema: StandardSchema, given: unknown): Promise<unknown> {
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

function mismatchOf(issue: unknown): Mismatch {
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
