/** @module The generators that a node can run, by kind. */

import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import { CarryoutError } from "../errors.ts";
import type { Generator } from "./generator.ts";
import { loadModule, type OnSlow } from "./load-module.ts";

export interface Registry {
  /** URL of the generators' module, for processes that load it again; null if they were given as values. */
  readonly moduleUrl: string | null;
  get(kind: string): Generator<unknown> | undefined;
  /** In the order in which they were declared. */
  kinds(): string[];
  all(): Generator<unknown>[];
}

/**
 * Imports a module and collects every export that is a generator, an array of them, or made by `defineExport`.
 * `invalid-config` if it does not load (naming file, line and reason), has no generators, or two of the same kind.
 */
export async function loadRegistry(module: string | URL, onSlow?: OnSlow): Promise<Registry> {
  const moduleUrl = urlOf(module);
  const exported = await loadModule(moduleUrl, onSlow).catch((error: Error) => {
    throw new CarryoutError("invalid-config", error.message, { cause: error.cause });
  });
  const generators = Object.values(exported).flatMap(generatorsIn);
  if (generators.length === 0) {
    throw new CarryoutError(
      "invalid-config",
      `${moduleUrl} exports no generator: export the result of defineGenerator({ … })`,
    );
  }
  return collect(generators, moduleUrl);
}

/** A registry of values, for tests and for inline generators. `invalid-config` if two have the same kind. */
export function registryOf(generators: readonly Generator<unknown>[]): Registry {
  return collect(generators, null);
}

/** The generator of this kind. `unknown-kind` when there is none. */
export function requireGenerator(registry: Registry, kind: string): Generator<unknown> {
  const generator = registry.get(kind);
  if (generator !== undefined) return generator;
  throw new CarryoutError("unknown-kind", `no generator of kind ${JSON.stringify(kind)}`, {
    details: { kind, kinds: registry.kinds() },
  });
}

function collect(generators: readonly Generator<unknown>[], moduleUrl: string | null): Registry {
  const byKind = new Map<string, Generator<unknown>>();
  // A generator exported under two names, or also in the default export, counts once.
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

function generatorsIn(exported: unknown): Generator<unknown>[] {
  if (isGenerator(exported)) return [exported];
  const isGroup = Array.isArray(exported) || isPlainObject(exported);
  return isGroup ? Object.values(exported).filter(isGenerator) : [];
}

function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
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
