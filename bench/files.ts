/**
 * @module How fast parts are stored and read: in a folder, and in a bucket of a local S3 server (Swift, whose own work is
 * most of what is measured). Alternating rounds of one run, so that the columns can be compared.
 */

import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../src/clock/system.ts";
import { readFilesUrl } from "../src/engines/engine-url.ts";
import type { FileStore } from "../src/ports/file-store.ts";
import { silentLog } from "../src/telemetry/log.ts";
import { S3Server } from "../test/support/s3-server.ts";
import { inParallel } from "./support/caller.ts";
import { type Figure, median } from "./support/table.ts";

const MIB = 1024 * 1024;
/** Parts grow with their file: the smallest, those of a file of 128 MiB, and of one of 1 GiB. */
const PART_SIZES = [MIB / 4, 2 * MIB, 8 * MIB];
const IN_FLIGHT = 4;
/** Of one round. */
const TOTAL_BYTES = 64 * MIB;
const JOINED_PARTS = 8;

interface Rates {
  /** MiB per second, and milliseconds of this process's time per MiB. */
  put: number[];
  putCpu: number[];
  get: number[];
  getCpu: number[];
}

export async function files(rounds: number): Promise<Figure[]> {
  const dir = await mkdtemp(join(tmpdir(), "carryout-bench-files-"));
  const server = await S3Server.start();
  const stores: [string, FileStore][] = [];
  try {
    const context = { clock: systemClock, log: silentLog };
    const disk = (name: string) => readFilesUrl(`disk:${join(dir, name)}`);
    stores.push(
      ["disk", await disk("normal").open(context)],
      ["disk, synced", await disk("full").open({ ...context, synchronous: "full" })],
      ["S3", await readFilesUrl(server.url("bench", "delivery=redirect")).open(context)],
    );
    const figures: Figure[] = [];
    for (const size of PART_SIZES) figures.push(...(await compared(stores, size, rounds)));
    figures.push(await joined(stores.at(-1)![1], rounds));
    return figures;
  } finally {
    for (const [, store] of stores) await store.close();
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

async function compared(stores: [string, FileStore][], size: number, rounds: number): Promise<Figure[]> {
  const rates = new Map<string, Rates>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, store] of stores) {
      const seen = rates.get(name) ?? { put: [], putCpu: [], get: [], getCpu: [] };
      rates.set(name, seen);
      await measure(store, size, seen);
    }
  }
  return stores.map(([name]) => {
    const { put, putCpu, get, getCpu } = rates.get(name)!;
    const shown = (rate: number[], cpu: number[]) =>
      `${Math.round(median(rate))} MiB/s (${median(cpu).toFixed(1)} ms of the node's CPU per MiB)`;
    return {
      what: `parts of ${size / 1024} KiB, ${name}`,
      measured: `put ${shown(put, putCpu)}, get ${shown(get, getCpu)}`,
    };
  });
}

async function measure(store: FileStore, size: number, { put, putCpu, get, getCpu }: Rates): Promise<void> {
  const bytes = Buffer.alloc(size, createHash("sha256").update(String(size)).digest());
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const count = TOTAL_BYTES / size;
  const key = (index: number) => `bench/1/${index}`;
  const timed = async (work: (index: number) => Promise<unknown>, rate: number[], cpu: number[]) => {
    const before = process.cpuUsage();
    const seconds = await inParallel(count, IN_FLIGHT, work);
    const { user, system } = process.cpuUsage(before);
    rate.push(TOTAL_BYTES / MIB / seconds);
    cpu.push((user + system) / 1_000 / (TOTAL_BYTES / MIB));
  };
  await timed((index) => store.put(key(index), bytes, sha256), put, putCpu);
  await timed(
    async (index) => {
      let read = 0;
      for await (const chunk of store.get(key(index))) read += chunk.length;
      if (read !== size) throw new Error(`${read} bytes were read, expected ${size}`);
    },
    get,
    getCpu,
  );
  await store.remove("bench/");
}

/** The time that a file of 64 MiB in parts of 8 MiB waits at its end to become one object. */
async function joined(store: FileStore, rounds: number): Promise<Figure> {
  const bytes = Buffer.alloc(8 * MIB, 1);
  const hash = createHash("sha256");
  const parts = Array.from({ length: JOINED_PARTS }, (_, index) => ({
    key: `bench/1/${index}`,
    size: bytes.length,
  }));
  for (const { key } of parts) {
    await store.put(key, bytes);
    hash.update(bytes);
  }
  const how = { sha256: hash.digest("hex"), signal: new AbortController().signal };
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const began = performance.now();
    await store.direct?.assemble("bench/1/joined", parts, how);
    times.push(performance.now() - began);
  }
  return { what: "joining 8 parts of 8 MiB, S3", measured: `${Math.round(median(times))} ms` };
}
