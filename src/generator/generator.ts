/** @module Port: what makes a file. Written by the application, run by a worker on one node at a time. */

import type { Json } from "../download/json.ts";
import type { ExportOffer } from "../ports/export-offer.ts";
import { nearest } from "../text/nearest.ts";
import { readProperty } from "../text/thrown.ts";
import { valueName } from "../text/value-name.ts";
import type { Chunk } from "./chunk.ts";
import { checkedDescription, type FileDescription, type FileRequest } from "./file-description.ts";
import { checkedRevision, checkedRevisionChange, type RevisionChange } from "./revision.ts";

/** The validation part of Standard Schema v1 (standardschema.dev): Zod, Valibot, ArkType and others have it. */
export interface StandardSchema<Output = unknown, Input = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Where a generation runs: in its own process, or in one shared with other inline generations. */
export type Isolation = "process" | "inline";

/** A schema's output; without a schema there are no parameters. */
export type ParamsOf<Schema> = Schema extends StandardSchema<infer Output> ? Output : NoParams;
/** A schema's input; undefined without a schema. */
export type InputOf<Schema> = Schema extends StandardSchema<unknown, infer Input> ? Input : undefined;
export type NoParams = Record<string, never>;

/** The argument of a running generator. `State` is what it saves at its checkpoints: JSON. */
export interface Generation<Params = Json, State = Json> {
  readonly params: Params;
  /** The state of the last checkpoint, or undefined at the first start. Everything written before it is kept. */
  readonly resume: State | undefined;
  /** When the download was requested: the same for every attempt on every node, unlike the current time. */
  readonly requestedAt: Date;
  /**
   * Appends bytes as they are at the time of the call: text as UTF-8, a Buffer, an ArrayBuffer or any view of one.
   * Await it: it resolves when storage keeps up. For anything else (a Promise, a Blob, a number) the attempt fails with
   * a `TypeError`, even if the call is not awaited.
   */
  write(chunk: Chunk): Promise<void>;
  /**
   * Reports progress. Cheap at any rate: throttled by the worker. Never throws: numbers are clamped to 0 to 2^53 - 1,
   * values that are not numbers are ignored, a message is cut to one line of 200 characters. If `done` decreases, the
   * higher value stays shown. An omitted total or message stays unchanged; null clears it.
   */
  progress(done: number | bigint, total?: number | bigint | null, message?: string | null): void;
  /**
   * Offers a point to resume from: `state` must suffice to write exactly the bytes that follow. Call it at every such
   * point: it is saved when one is due (`checkpointMs`), after all bytes so far are durable. At most 256 KiB as JSON
   * (`LARGEST_STATE_BYTES`): a larger one is not saved, and the log says so. With a state that is not JSON the attempt
   * fails with a `TypeError`.
   */
  checkpoint(state: State): Promise<void>;
  /** Aborts on cancellation, drain, deadline, or takeover by another node. */
  readonly signal: AbortSignal;
  /** Waits this many milliseconds, even months; rejects when the signal aborts. */
  sleep(ms: number): Promise<void>;
}

export type { ExportOffer, RevisionChange };

/** `Kind` is the literal, and `Input` the parameter schema's input: requests are type-checked by them. */
export interface Generator<Params = Json, Kind extends string = string, Input = unknown> {
  readonly kind: Kind;
  readonly params: StandardSchema<Params, Input> | undefined;
  /** Validates the state of the last checkpoint before a run resumes from it; undefined accepts any. */
  readonly state: StandardSchema | undefined;
  readonly isolation: Isolation;
  /** Silence (no write, progress or checkpoint) after which a generation is given up. */
  readonly stallMs: number;
  /** Total time that one attempt may run, over all its holders. Waiting, backoff and downtime do not count. */
  readonly timeoutMs: number;
  /** Memory that a run may use beyond that of its idle process, in MiB: heap, buffers, everything resident. */
  readonly memoryMb: number;
  /** Minimum time between saved checkpoints, longer if saves are slow; default 500, 0 saves each one. */
  readonly checkpointMs: number;
  /** Attempts that may fail with the generator's error before the download fails. */
  readonly maxFailures: number;
  /** How long a finished file is kept; undefined means the cluster's setting. */
  readonly retentionMs: number | undefined;
  /** An equal request gets a ready file that is at most this old, instead of a new one; undefined for none. */
  readonly reuse: Reuse | undefined;
  /** Changes with the code that produces the bytes; undefined: derived from the loaded source. */
  readonly revision: string | undefined;
  /** What a node does with a file that another revision started. */
  readonly onRevisionChange: RevisionChange;
  /** With "wait": how long such a file waits for a node of its own revision. */
  readonly revisionWaitMs: number;
  /** Set by `defineExport`. */
  readonly offer?: ExportOffer;
  /** Set by `defineExport`: the version of Carryout, whose writers produce the bytes. */
  readonly library?: string;
  /** Called when everything is written, where the generator runs; counts as part of the run. */
  file(params: Params, request: FileRequest): FileDescription | Promise<FileDescription>;
  /** Makes the file. Returns when everything is written; throws to fail. */
  run(generation: Generation<Params>): Promise<void> | void;
}

export interface Reuse {
  /** Milliseconds since the file was ready. */
  readonly freshForMs: number;
}

/**
 * For defaults and meaning see `Generator`. Times are at least 1 ms and at most a hundred years. The common type of
 * `checkpoint` and `resume` follows from the schema `state`; without one it is any JSON, or given by the type of
 * `run`'s parameter: `Generation<Params, State>`.
 */
export interface GeneratorOptions<Schema, Kind extends string = string, State = Json> {
  kind: Kind;
  params?: Schema;
  /** A file whose saved state it rejects is started over; `resume` is its output. */
  state?: StandardSchema<State> | undefined;
  /** Default "process". "inline" is for work that only waits. "thread" means "process", as in earlier versions. */
  isolation?: Isolation | "thread";
  stallMs?: number;
  timeoutMs?: number;
  memoryMb?: number;
  checkpointMs?: number;
  maxFailures?: number;
  retentionMs?: number;
  reuse?: Reuse | undefined;
  /** 1 to 64 printable characters. Default: derived from the source of the modules that were loaded. */
  revision?: string | undefined;
  /** Default "restart". "continue" is correct only if both revisions produce the same bytes. */
  onRevisionChange?: RevisionChange | undefined;
  /** Default ten minutes. */
  revisionWaitMs?: number;
  file:
    | FileDescription
    | ((params: ParamsOf<Schema>, request: FileRequest) => FileDescription | Promise<FileDescription>);
  run(generation: Generation<ParamsOf<Schema>, State>): Promise<void> | void;
}

const KIND = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** A hundred years: dates and timers work up to that. */
const LONGEST_MS = 100 * 365.25 * 24 * 3_600_000;
/** A tebibyte. */
const MOST_MEMORY_MB = 1024 ** 2;

/** All option names, to detect misspelt ones, which would silently have no effect. */
const OPTIONS: Record<keyof GeneratorOptions<unknown>, true> = {
  kind: true,
  params: true,
  state: true,
  isolation: true,
  stallMs: true,
  timeoutMs: true,
  memoryMb: true,
  checkpointMs: true,
  maxFailures: true,
  retentionMs: true,
  reuse: true,
  revision: true,
  onRevisionChange: true,
  revisionWaitMs: true,
  file: true,
  run: true,
};

/** Declares a generator. Throws a `TypeError` for a declaration that can't work. */
export function defineGenerator<
  const Kind extends string,
  Schema extends StandardSchema | undefined = undefined,
  State = Json,
>(options: GeneratorOptions<Schema, Kind, State>): Generator<ParamsOf<Schema>, Kind, InputOf<Schema>> {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`defineGenerator() takes { kind, file, run, … }, not ${valueName(options)}`);
  }
  type Declared = Generator<ParamsOf<Schema>, Kind, InputOf<Schema>>;
  const { kind, params, state, file, run } = options;
  if (typeof kind !== "string" || !KIND.test(kind)) {
    const shown = typeof kind === "string" ? JSON.stringify(kind.slice(0, 80)) : valueName(kind);
    throw new TypeError(`a generator's kind must be 1 to 64 letters, digits, ".", "_" or "-", not ${shown}`);
  }
  const wrong = (what: string) => new TypeError(`generator ${kind}: ${what}`);
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(OPTIONS, name)) throw wrong(unknownOption(name));
  }
  if (typeof run !== "function") throw wrong(`run must be a function, not ${valueName(run)}`);
  for (const [name, schema] of Object.entries({ params, state })) {
    if (schema === undefined || isStandardSchema(schema)) continue;
    throw wrong(
      `${name} must be a schema (Zod, Valibot or another Standard Schema), not ${valueName(schema)}`,
    );
  }
  const isolation = options.isolation === "thread" ? "process" : (options.isolation ?? "process");
  if (isolation !== "process" && isolation !== "inline") {
    throw wrong(
      `isolation must be "process" or "inline", not ${JSON.stringify(isolation) ?? valueName(isolation)}`,
    );
  }
  if (typeof file !== "function") {
    try {
      checkedDescription(file);
    } catch (error) {
      throw wrong((error as TypeError).message);
    }
  }
  const number = (name: NumberOption, byDefault: number, { least = 1, most = LONGEST_MS } = {}): number => {
    const { [name]: value = byDefault } = options;
    if (typeof value === "number" && value >= least && value <= most) return value;
    throw wrong(`${name} must be a number from ${least} to ${most}, not ${valueName(value)}`);
  };
  const maxFailures = number("maxFailures", 3, { most: 1_000 });
  if (!Number.isInteger(maxFailures)) throw wrong(`maxFailures must be a whole number, not ${maxFailures}`);
  return {
    kind,
    params: params as Declared["params"],
    state,
    isolation,
    stallMs: number("stallMs", 60_000),
    timeoutMs: number("timeoutMs", 6 * 3_600_000),
    memoryMb: number("memoryMb", 512, { most: MOST_MEMORY_MB }),
    maxFailures,
    checkpointMs: number("checkpointMs", 500, { least: 0 }),
    retentionMs: options.retentionMs === undefined ? undefined : number("retentionMs", 0),
    reuse: options.reuse === undefined ? undefined : reuseOf(options.reuse, wrong),
    revision: checkedRevision(options.revision, wrong),
    onRevisionChange: checkedRevisionChange(options.onRevisionChange, wrong),
    revisionWaitMs: number("revisionWaitMs", 600_000, { least: 0 }),
    file: typeof file === "function" ? file : () => file,
    // The type of its state matters only to the generator.
    run: run as Declared["run"],
  };
}

function reuseOf(reuse: Reuse, wrong: (what: string) => TypeError): Reuse {
  const freshForMs = readProperty(reuse, "freshForMs");
  if (typeof freshForMs === "number" && freshForMs >= 1 && freshForMs <= LONGEST_MS) return { freshForMs };
  const given = typeof reuse === "object" && reuse !== null ? freshForMs : reuse;
  throw wrong(`reuse must be { freshForMs }, a number from 1 to ${LONGEST_MS}, not ${valueName(given)}`);
}

type NumberOption = keyof {
  [Name in keyof GeneratorOptions<unknown> as number extends GeneratorOptions<unknown>[Name]
    ? Name
    : never]: true;
};

function unknownOption(name: string): string {
  const meant = nearest(name, Object.keys(OPTIONS));
  const hint = meant === null ? `available: ${Object.keys(OPTIONS).join(", ")}` : `did you mean ${meant}?`;
  return `unknown option ${JSON.stringify(name.slice(0, 80))} (${hint})`;
}

/** Schemas are objects or functions. */
function isStandardSchema(value: unknown): boolean {
  return typeof readProperty(readProperty(value, "~standard"), "validate") === "function";
}
