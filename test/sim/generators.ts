/** @module The generators of the simulation: every byte of a file follows from its parameters. */

import type { Download } from "../../src/download/download.ts";
import { UserError } from "../../src/errors.ts";
import {
  defineGenerator,
  type Generation,
  type Generator,
  type GeneratorOptions,
  type StandardSchema,
} from "../../src/generator/generator.ts";
import type { Chance } from "./chance.ts";

export interface FileParams {
  rows: number;
  /** Bytes per row. */
  width: number;
  /** Rows between checkpoints; 0 means none. */
  every: number;
  mark: string;
}

/** How the generators currently misbehave. */
export interface Temper {
  /** Chance per row to throw. */
  fails: number;
  /** Probability per row to hang, ignoring all signals. */
  hangs: number;
  /** Share of thrown errors that are not retriable. */
  givesUp: number;
}

export const GOOD_TEMPER: Temper = { fails: 0, hangs: 0, givesUp: 0 };
/** The message of a planned failure; any other failure is a bug in the product. */
export const PLANNED = "planned failure";
export const KINDS = ["steady", "quick", "throttled"] as const;
export type Kind = (typeof KINDS)[number];
/** Its revisions make the same bytes. */
export const CONTINUING = "quick" satisfies Kind;
/** Its files wait for a node of their revision. */
export const WAITING = "throttled" satisfies Kind;
export const REVISION_WAIT_MS = 2_000;
export const STALL_MS = 6_000;
export const TIMEOUT_MS = 20_000;

/** A generator's code at some time: its rows differ from those of other revisions. */
export const REVISIONS = ["r1", "r2"] as const;
export type Revision = (typeof REVISIONS)[number];

/** `revision`: null for the kind whose revisions all make the same bytes. */
export function rowOf({ mark, width }: FileParams, row: number, revision: string | null): string {
  const head = `${mark}:${revision ?? ""}${row}:`;
  return `${head}${String.fromCharCode(97 + (row % 26)).repeat(Math.max(0, width - head.length - 1))}\n`;
}

/** The bytes that the file of this download must have. */
export function referenceOf({
  kind,
  params,
  revision,
}: Pick<Download, "kind" | "params" | "revision">): Buffer {
  const asked = params as unknown as FileParams;
  const made = kind === CONTINUING ? null : revision;
  return Buffer.from(Array.from({ length: asked.rows }, (_, row) => rowOf(asked, row, made)).join(""));
}

export function simulatedGenerators(
  chance: Chance,
  temper: () => Temper,
  revision: Revision,
): Generator<unknown>[] {
  const limits = {
    revision,
    isolation: "inline",
    stallMs: STALL_MS,
    timeoutMs: TIMEOUT_MS,
    params: {
      "~standard": {
        version: 1,
        vendor: "simulation",
        validate: (value: unknown) => ({ value: value as FileParams }),
      },
    },
    file: ({ mark }: FileParams) => ({ name: `${mark}.txt`, type: "text/plain" }),
  } satisfies Partial<GeneratorOptions<StandardSchema<FileParams>>>;

  async function misbehave(): Promise<void> {
    const { fails, hangs, givesUp } = temper();
    if (chance.is(fails)) throw new UserError(PLANNED, { retriable: !chance.is(givesUp) });
    if (chance.is(hangs)) await new Promise(() => undefined);
  }

  /** Row after row, at its own pace. */
  async function paced(generation: Generation<FileParams>, mostMs: number): Promise<void> {
    const { params, resume, write, progress, checkpoint, sleep } = generation;
    for (let row = Number(resume ?? 0); row < params.rows; row++) {
      await misbehave();
      if (mostMs > 0) await sleep(chance.whole(0, mostMs));
      await write(rowOf(params, row, revision));
      progress(row + 1, params.rows, `row ${row + 1}`);
      if (params.every > 0 && (row + 1) % params.every === 0) await checkpoint(row + 1);
    }
  }

  const generators: Generator<FileParams>[] = [
    defineGenerator({
      ...limits,
      kind: "steady",
      checkpointMs: 0,
      run: (generation) => paced(generation, 120),
    }),
    defineGenerator({
      ...limits,
      kind: WAITING,
      isolation: "process", // only counted separately: all runs of a simulation share one event loop
      checkpointMs: 200,
      maxFailures: 2,
      onRevisionChange: "wait",
      revisionWaitMs: REVISION_WAIT_MS,
      run: (generation) => paced(generation, 60),
    }),
    defineGenerator({
      ...limits,
      kind: CONTINUING,
      checkpointMs: 0,
      onRevisionChange: "continue",
      maxFailures: 4,
      /** Never waits, miscounts, and changes the total. */
      async run({ params, resume, write, progress, checkpoint }) {
        await misbehave();
        for (let row = Number(resume ?? 0); row < params.rows; row++) {
          void write(rowOf(params, row, null));
          progress(chance.whole(0, row + 1), chance.is(0.5) ? null : chance.whole(1, 2 * params.rows));
          if (params.every > 0 && (row + 1) % params.every === 0) void checkpoint(row + 1);
        }
      },
    }),
  ];
  return generators;
}
