/** @module Port: what makes a file. Written by the application, run by a worker on one node at a time. */

import type { Json } from "../download/json.ts";
import type { ExportOffer } from "../ports/export-offer.ts";
import { nearest } from "../text/nearest.ts";
import { readProperty } from "../text/thrown.ts";
import { valueName } from "../text/value-name.ts";
import type { Chunk } from "./chunk.ts";
import { checkedDescription, type FileDescription, type FileRequest } from "./file-description.ts";

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

/** Where a generation runs: in a process of its own, or with others of its kind in one that they share. */
export type Isolation = "process" | "inline";

/** What a schema makes of the parameters; without one there are none. */
export type ParamsOf<Schema> = Schema extends StandardSchema<infer Output> ? Output : NoParams;
/** What a schema takes; without one, undefined. */
export type InputOf<Schema> = Schema extends StandardSchema<unknown, infer Input> ? Input : undefined;
export type NoParams = Record<string, never>;

/** What a running generator is given. `State` is what it saves at its checkpoints: JSON. */
export interface Generation<Params = Json, State = Json> {
  readonly params: Params;
  /** The state of the last checkpoint, or undefined at a first start: what was written up to there is kept. */
  readonly resume: State | undefined;
  /** When the download was asked for: the same for every attempt on every node, unlike the present time. */
  readonly requestedAt: Date;
  /**
   * Adds bytes to the file as they are at the call: text as UTF-8, a Buffer, an ArrayBuffer or any view of one. Wait
   * for it: it resolves when storage keeps up. For anything else (a Promise, a Blob, a number) the attempt fails with
   * a `TypeError`, also if nobody waits for the call.
   */
  write(chunk: Chunk): Promise<void>;
  /**
   * Says how far it is. Cheap at any rate: throttled by the worker. Never throws: numbers are kept between 0 and
   * 2^53 - 1, what is no number is left out, a message is cut to one line of 200 characters. `done` that falls is
   * shown as before. A total or message that is left out stays as it was; null clears it.
   */
  progress(done: number | bigint, total?: number | bigint | null, message?: string | null): void;
  /**
   * Offers a point to resume from: `state` must suffice to write exactly the bytes that follow. Call it as often
   * as there is such a point: it is saved when one is due (`checkpointMs`), after all bytes so far are durable. At
   * most 256 KiB as JSON (`LARGEST_STATE_BYTES`): a larger one is not saved, and the log says so. What is no JSON
   * makes the attempt fail with a `TypeError`.
   */
  checkpoint(state: State): Promise<void>;
  /** Aborts on cancel, drain, deadline, or when another node took over. */
  readonly signal: AbortSignal;
  /** Waits this many milliseconds, also months; rejects when the signal aborts. */
  sleep(ms: number): Promise<void>;
}

export type { ExportOffer };

/** `Kind` is the literal, and `Input` what the parameters' schema takes: whoever asks for a file is checked by them. */
export interface Generator<Params = Json, Kind extends string = string, Input = unknown> {
  readonly kind: Kind;
  readonly params: StandardSchema<Params, Input> | undefined;
  /** Checks the state of the last checkpoint before a run goes on from it; undefined takes any. */
  readonly state: StandardSchema | undefined;
  readonly isolation: Isolation;
  /** Silence (no write, progress or checkpoint) after which a generation is given up. */
  readonly stallMs: number;
  /** Time that one attempt may run in all, on all its holders. Waiting, backoff and downtime do not count. */
  readonly timeoutMs: number;
  /** Memory that a run may take beyond what its idle process holds, in MiB: heap, buffers, all that is resident. */
  readonly memoryMb: number;
  /** Least time from one saved checkpoint to the next save, longer where saves are slow; default 500, 0 saves each. */
  readonly checkpointMs: number;
  /** Attempts that may end in the generator's error before the download does. */
  readonly maxFailures: number;
  /** How long a finished file is kept; undefined takes the cluster's setting. */
  readonly retentionMs: number | undefined;
  /** Of a generator that `defineExport` made. */
  readonly offer?: ExportOffer;
  /** Asked when all was written, where the generator runs; counts as part of the run. */
  file(params: Params, request: FileRequest): FileDescription | Promise<FileDescription>;
  /** Makes the file. Returns when all was written; throws to fail. */
  run(generation: Generation<Params>): Promise<void> | void;
}

/**
 * Defaults and what each is for: see `Generator`. Times are at least 1 ms and at most a hundred years. The type that
 * `checkpoint` and `resume` have in common follows from the schema `state`; without one it is any JSON, or what the type of
 * `run`'s parameter says: `Generation<Params, State>`.
 */
export interface GeneratorOptions<Schema, Kind extends string = string, State = Json> {
  kind: Kind;
  params?: Schema;
  /** A saved state that it refuses fails the attempt; what it makes of one is what `resume` is. */
  state?: StandardSchema<State> | undefined;
  /** Default "process". "inline" is for work that only waits. "thread" means "process", as in earlier versions. */
  isolation?: Isolation | "thread";
  stallMs?: number;
  timeoutMs?: number;
  memoryMb?: number;
  checkpointMs?: number;
  maxFailures?: number;
  retentionMs?: number;
  file:
    | FileDescription
    | ((params: ParamsOf<Schema>, request: FileRequest) => FileDescription | Promise<FileDescription>);
  run(generation: Generation<ParamsOf<Schema>, State>): Promise<void> | void;
}

const KIND = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** A hundred years: dates and timers are right up to there. */
const LONGEST_MS = 100 * 365.25 * 24 * 3_600_000;
/** A tebibyte. */
const MOST_MEMORY_MB = 1024 ** 2;

/** All names of options: a misspelt one would have no effect, and nobody would notice. */
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
    file: typeof file === "function" ? file : () => file,
    // Which state it saves is the generator's own affair.
    run: run as Declared["run"],
  };
}

type NumberOption = "stallMs" | "timeoutMs" | "memoryMb" | "maxFailures" | "checkpointMs" | "retentionMs";

function unknownOption(name: string): string {
  const meant = nearest(name, Object.keys(OPTIONS));
  const hint = meant === null ? `available: ${Object.keys(OPTIONS).join(", ")}` : `did you mean ${meant}?`;
  return `unknown option ${JSON.stringify(name.slice(0, 80))} (${hint})`;
}

/** Schemas are objects or functions. */
function isStandardSchema(value: unknown): boolean {
  return typeof readProperty(readProperty(value, "~standard"), "validate") === "function";
}
