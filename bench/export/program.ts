/** @module A process that makes one file, and tells its parent how long it took and how much memory was resident. */

import { readFileSync, writeFileSync } from "node:fs";
import { CONTENDERS } from "./contenders.ts";

/** What is sent to the parent. */
export interface Result {
  readonly seconds: number;
  /** Of all its threads: says more than the time on a machine that does other things as well. */
  readonly cpuSeconds: number;
  readonly bytes: number;
  readonly checkpoints: number | null;
  /** The most that was resident, less what was when the library was loaded. */
  readonly growthBytes: number;
}

const [format = "", name = "", rows = "", folder = ""] = process.argv.slice(2);
const make = await CONTENDERS[format]![name]!();
// Forgets the peak so far.
writeFileSync("/proc/self/clear_refs", "5");
const before = kibibytes("VmRSS");
const cpuBefore = process.cpuUsage();
const began = performance.now();
const { bytes, checkpoints = null } = await make({ rows: Number(rows), folder });
const seconds = (performance.now() - began) / 1_000;
const cpu = process.cpuUsage(cpuBefore);
const cpuSeconds = (cpu.user + cpu.system) / 1e6;
const growthBytes = 1_024 * (kibibytes("VmHWM") - before);
process.send!({ seconds, cpuSeconds, bytes, checkpoints, growthBytes } satisfies Result);
process.disconnect();

function kibibytes(field: string): number {
  return Number(
    new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(readFileSync("/proc/self/status", "utf8"))?.[1],
  );
}
