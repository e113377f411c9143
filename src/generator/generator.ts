/** @module Port: what makes a file. Written by the application, run by a worker on one node at a time. */

import type { Json } from "../download/json.ts";
import type { Chunk } from "./chunk.ts";

/** The validation part of Standard Schema v1 (standardschema.dev): Zod, Valibot, ArkType and others have it. */
export interface StandardSchema<Output = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Where a generation runs. */
export type Isolation = "thread" | "inline";

/** What a running generator is given. */
export interface Generation<Params = Json> {
  readonly params: Params;
  /** The state of the last checkpoint, or undefined at a first start: what was written up to there is kept. */
  readonly resume: Json | undefined;
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
  checkpoint(state: Json): Promise<void>;
  /** Aborts on cancel, drain, deadline, or when another node took over. */
  readonly signal: AbortSignal;
  /** Waits so many milliseconds, also months; rejects when the signal aborts. */
  sleep(ms: number): Promise<void>;
}

export interface FileDescription {
  /**
   * Shown to the user and used in the URL: 1 to 255 bytes of any script. Characters that mislead (control characters,
   * "/", "\\", what makes text run backwards) become "_", and a longer name is cut before its extension.
   */
  name: string;
  /** A media type, with parameters. */
  type: string;
}

export interface Generator<Params = Json> {
  readonly kind: string;
  readonly params: StandardSchema<Params> | undefined;
  readonly isolation: Isolation;
  /** Silence (no write, progress or checkpoint) after which a generation is given up. */
  readonly stallMs: number;
  /** Time that one attempt may take in all. */
  readonly timeoutMs: number;
  /** Heap of the thread in MiB. */
  readonly memoryMb: number;
  /** Least time from one saved checkpoint to the next save, longer where saves are slow; default 500, 0 saves each. */
  readonly checkpointMs: number;
  /** Attempts that may end in the generator's error before the download does. */
  readonly maxFailures: number;
  /** How long a finished file is kept; undefined takes the cluster's setting. */
  readonly retentionMs: number | undefined;
  /** Asked when all was written, where the generator runs; counts as part of the run. */
  file(params: Params): FileDescription | Promise<FileDescription>;
  /** Makes the file. Returns when all was written; throws to fail. */
  run(generation: Generation<Params>): Promise<void> | void;
}

export interface GeneratorOptions<Params> {
  kind: string;
  params?: StandardSchema<Params>;
  isolation?: Isolation;
  stallMs?: number;
  timeoutMs?: number;
  memoryMb?: number;
  checkpointMs?: number;
  maxFailures?: number;
  retentionMs?: number;
  file: FileDescription | ((params: Params) => FileDescription | Promise<FileDescription>);
  run(generation: Generation<Params>): Promise<void> | void;
}

const KIND = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Declares a generator. Throws a `TypeError` for a declaration that can't work. */
export function defineGenerator<Params = Json>(options: GeneratorOptions<Params>): Generator<Params> {
  const { kind, file, run } = options;
  if (typeof kind !== "string" || !KIND.test(kind)) {
    throw new TypeError(
      `a generator's kind is 1 to 64 letters, digits, ".", "_" or "-", not ${JSON.stringify(kind)}`,
    );
  }
  const wrong = (what: string) => new TypeError(`generator ${kind}: ${what}`);
  if (typeof run !== "function") throw wrong(`run must be a function, not ${typeof run}`);
  if (typeof file !== "function" && typeof file?.name !== "string") {
    throw wrong("file must be { name, type } or a function that returns it");
  }
  const isolation = options.isolation ?? "thread";
  if (isolation !== "thread" && isolation !== "inline") {
    throw wrong(`isolation must be "thread" or "inline", not ${JSON.stringify(isolation)}`);
  }
  const limits = {
    stallMs: options.stallMs ?? 60_000,
    timeoutMs: options.timeoutMs ?? 6 * 3_600_000,
    memoryMb: options.memoryMb ?? 512,
    maxFailures: options.maxFailures ?? 3,
  };
  for (const [name, value] of Object.entries(limits)) {
    if (!(Number.isFinite(value) && value > 0)) throw wrong(`${name} must be a number above 0, not ${value}`);
  }
  const checkpointMs = options.checkpointMs ?? 500;
  if (!(checkpointMs >= 0)) throw wrong(`checkpointMs must be 0 or more, not ${checkpointMs}`);
  return {
    kind,
    params: options.params,
    isolation,
    ...limits,
    checkpointMs,
    retentionMs: options.retentionMs,
    file: typeof file === "function" ? file : () => file,
    run,
  };
}
