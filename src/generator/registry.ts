/** @module The generators that a node can run, by kind. */

import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import type { Json } from "../download/json.ts";
import { CarryoutError } from "../errors.ts";
import type { Generator, StandardIssue, StandardResult, StandardSchema } from "./generator.ts";
import { jsonCopy } from "./json-copy.ts";
import { describeLoadError } from "./load-error.ts";

export interface Registry {
  /** Where the generators come from, for threads that load them again; null when they were given as values. */
  readonly moduleUrl: string | null;
  get(kind: string): Generator<unknown> | undefined;
  /** In the order in which they were declared. */
  kinds(): string[];
  all(): Generator<unknown>[];
}

/** One parameter that does not validate. `path` is "country" or "range.from"; "" is the whole value. */
export interface ParameterError {
  path: string;
  message: string;
}

/**
 * Imports a module and collects every export that is a generator or an array of generators. `invalid-config` when it
 * does not load (naming file, line and reason), holds none, or two of one kind.
 */
export async function loadRegistry(module: string | URL): Promise<Registry> {
  const moduleUrl = urlOf(module);
  let exported: Record<string, unknown>;
  try {
    exported = (await import(moduleUrl)) as Record<string, unknown>;
  } catch (error) {
    throw new CarryoutError("invalid-config", describeLoadError(moduleUrl, error), { cause: error });
  }
  const generators = Object.values(exported).flat().filter(isGenerator);
  if (generators.length === 0) {
    throw new CarryoutError(
      "invalid-config",
      `${moduleUrl} exports no generator: export what defineGenerator({ … }) returns`,
    );
  }
  return collect(generators, moduleUrl);
}

/** A registry of values, for tests and for inline generators. `invalid-config` when two have one kind. */
export function registryOf(generators: readonly Generator<unknown>[]): Registry {
  return collect(generators, null);
}

/** The generator of this kind. `unknown-kind` when there is none. */
export function requireGenerator(registry: Registry, kind: string): Generator<unknown> {
  const generator = registry.get(kind);
  if (generator !== undefined) return generator;
  throw new CarryoutError("unknown-kind", `there is no generator of kind ${JSON.stringify(kind)}`, {
    details: { kind, kinds: registry.kinds() },
  });
}

/**
 * What the generator's schema makes of the parameters, as JSON. Without a schema there must be none: {}. Fails with
 * `invalid-parameters`, `details.errors` being a `ParameterError[]`; a schema that gives no JSON is a `TypeError`.
 */
export async function validateParams(generator: Generator<unknown>, params: unknown): Promise<Json> {
  const given = params ?? {};
  if (generator.params === undefined) {
    if (isEmptyObject(given)) return {};
    throw invalidParameters(generator, [{ path: "", message: "this kind takes no parameters" }]);
  }
  const result = await check(generator.params, given);
  if (result.issues !== undefined) {
    throw invalidParameters(
      generator,
      result.issues.map((issue) => ({ path: pathOf(issue), message: issue.message })),
    );
  }
  return jsonCopy(result.value, `the parameters of ${generator.kind}`);
}

/**
 * A zod schema with an async check is asked by its own async method: its `validate` first tries to do without, and
 * what then rejects is a promise that nobody holds.
 */
async function check(schema: StandardSchema, given: unknown): Promise<StandardResult<unknown>> {
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
  ): Promise<
    { success: true; data: unknown } | { success: false; error: { issues: readonly StandardIssue[] } }
  >;
}

function collect(generators: readonly Generator<unknown>[], moduleUrl: string | null): Registry {
  const byKind = new Map<string, Generator<unknown>>();
  // The same generator under two names, or also in the default export, is one.
  for (const generator of new Set(generators)) {
    if (byKind.has(generator.kind)) {
      throw new CarryoutError(
        "invalid-config",
        `two generators have the kind ${JSON.stringify(generator.kind)}${moduleUrl === null ? "" : ` in ${moduleUrl}`}`,
      );
    }
    byKind.set(generator.kind, generator);
  }
  return {
    moduleUrl,
    get: (kind) => byKind.get(kind),
    kinds: () => [...byKind.keys()],
    all: () => [...byKind.values()],
  };
}

function isGenerator(value: unknown): value is Generator<unknown> {
  const candidate = value as Partial<Generator<unknown>> | null | undefined;
  return (
    typeof candidate === "object" &&
    typeof candidate?.kind === "string" &&
    typeof candidate.run === "function" &&
    typeof candidate.file === "function" &&
    typeof candidate.stallMs === "number"
  );
}

function urlOf(module: string | URL): string {
  if (module instanceof URL) return module.href;
  return isAbsolute(module) ? pathToFileURL(module).href : module;
}

function isEmptyObject(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
  );
}

function pathOf(issue: StandardIssue): string {
  return (issue.path ?? [])
    .map((segment) => String(typeof segment === "object" ? segment.key : segment))
    .join(".");
}

function invalidParameters(generator: Generator<unknown>, errors: ParameterError[]): CarryoutError {
  const listed = errors
    .map(({ path, message }) => (path === "" ? message : `${path}: ${message}`))
    .join("; ");
  return new CarryoutError("invalid-parameters", `parameters of ${generator.kind}: ${listed}`, {
    details: { errors },
  });
}
