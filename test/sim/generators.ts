/** @module The generators of the simulation: every byte of a file follows from its parameters. */

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
export const STALL_MS = 6_000;
export const TIMEOUT_MS = 20_000;

export function rowOf({ mark, width }: FileParams, row: number): string {
  const head = `${mark}:${row}:`;
  return `${head}${String.fromCharCode(97 + (row % 26)).repeat(Math.max(0, width - head.length - 1))}\n`;
}

/** The bytes that a file of these parameters must have. */
export function referenceOf(params: FileParams): Buffer {
  return Buffer.from(Array.from({ length: params.rows }, (_, row) => rowOf(params, row)).join(""));
}

export function simulatedGenerators(chance: Chance, temper: () => Temper): Generator<unknown>[] {
  const limits = {
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
      await write(rowOf(params, row));
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
      kind: "throttled",
      isolation: "process", // only counted separately: all runs of a simulation share one event loop
      checkpointMs: 200,
      maxFailures: 2,
      run: (generation) => paced(generation, 60),
    }),
    defineGenerator({
      ...limits,
      kind: "quick",
      checkpointMs: 0,
      maxFailures: 4,
      /** Never waits, miscounts, and changes the total. */
      async run({ params, resume, write, progress, checkpoint }) {
        await misbehave();
        for (let row = Number(resume ?? 0); row < params.rows; row++) {
          void write(rowOf(params, row));
          progress(chance.whole(0, row + 1), chance.is(0.5) ? null : chance.whole(1, 2 * params.rows));
          if (params.every > 0 && (row + 1) % params.every === 0) void checkpoint(row + 1);
        }
      },
    }),
  ];
  return generators;
}
