/** @module Stand-ins for the example's generators: they run as long as a test needs, and produce known bytes. */

import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { UserError } from "../../src/errors.ts";
import { defineExport } from "../../src/export/index.ts";
import { defineGenerator } from "../../src/generator/generator.ts";

const params = z.strictObject({ country: z.string().length(2).optional() });

/** What the page's form is made from, and what its requests are checked by. Nobody makes its files. */
const form = defineExport({
  kind: "cities",
  columns: [{ key: "name" }, { key: "country", optional: true }],
  rows: () => [],
  formats: ["pdf", "csv", "ndjson", "parquet"],
  params,
});

export const LINES = 300;
const LINE_MS = 15;

/** The content of the slow file. */
export const slowText = Array.from({ length: LINES }, (_, index) => `line ${index}\n`).join("");

/** Takes a few seconds, with a checkpoint at every line: long enough to watch, reload and kill. */
export const pdf = {
  ...defineGenerator({
    kind: "cities.pdf",
    params: form.pdf.params!,
    checkpointMs: 100,
    file: { name: "cities – all.pdf", type: "application/pdf" },
    async run({ resume, write, progress, checkpoint, sleep }) {
      for (let index = Number(resume ?? 0); index < LINES; index++) {
        await sleep(LINE_MS);
        await write(`line ${index}\n`);
        progress(index + 1, LINES);
        await checkpoint(index + 1);
      }
    },
  }),
  offer: form.pdf.offer,
};

export const csv = {
  ...defineGenerator({
    kind: "cities.csv",
    params: form.csv.params!,
    file: { name: "cities.csv", type: "text/csv" },
    async run({ write }) {
      await write("name\n");
    },
  }),
  offer: form.csv.offer,
};

/** Never ends by itself. */
export const ndjson = {
  ...defineGenerator({
    kind: "cities.ndjson",
    params: form.ndjson.params!,
    file: { name: "cities.ndjson", type: "application/x-ndjson" },
    async run({ signal, progress }) {
      progress(0, null, "for ever");
      await wait(600_000, undefined, { signal });
    },
  }),
  offer: form.ndjson.offer,
};

const failing = {
  maxFailures: 1,
  file: { name: "fake.txt", type: "text/plain" },
  run() {
    throw new UserError("The <b>disk</b> is full", { retriable: true });
  },
};

export const fake = defineGenerator({ kind: "fake", params, ...failing });

export const parquet = {
  ...defineGenerator({ kind: "cities.parquet", params: form.parquet.params!, ...failing }),
  offer: form.parquet.offer,
};

export const BIG_BYTES = 24 * 1024 * 1024;

/** Large enough for a slow connection to be interrupted. */
export const big = defineGenerator({
  kind: "big.bin",
  file: { name: "big.bin", type: "application/octet-stream" },
  async run({ write }) {
    for (let at = 0; at < BIG_BYTES; at += bigPiece.byteLength) await write(bigPiece);
  },
});

const bigPiece = Uint8Array.from({ length: 64 * 1024 }, (_, index) => (index * 31) >> 3);
