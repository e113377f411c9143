/** @module The program of a process that follows the records of an engine, and notes when each change arrives. */

import { systemClock as clock } from "../../src/clock/system.ts";
import { readEngineUrl } from "../../src/engines/engine-url.ts";
import { filesIn, memoryFiles } from "../../src/engines/files.ts";
import { testMember } from "../../src/ports/contracts/membership-contract.ts";
import type { Engine } from "../../src/ports/engine.ts";
import { silentLog as log } from "../../src/telemetry/log.ts";

export interface Calls {
  /** When each change of a slot or mark since the last call arrived, by `arrivalKey`, by the machine's clock. */
  arrivals(): Promise<[string, number][]>;
}

export function arrivalKey({ key, version }: { key: string; version: number }): string {
  return `${key} ${version}`;
}

/** Milliseconds since the epoch, with fractions: the same in all processes of a machine. */
export function machineNow(): number {
  return performance.timeOrigin + performance.now();
}

/** Without its files, as a member: between processes of one machine, members tell each other of changes. */
export async function openRecords(url: string, name: string): Promise<Engine> {
  const openFiles = filesIn(memoryFiles(), { clock, log });
  const engine = await readEngineUrl(url).open({ clock, leaseMs: 3_000, log, openFiles });
  await engine.membership.join(testMember(name));
  return engine;
}

async function follow(url: string): Promise<void> {
  const { repo } = await openRecords(url, "follower");
  let arrived: [string, number][] = [];
  const signal = new AbortController().signal;
  const synced = [repo.slots.watch(signal), repo.work.watch(null, signal)].map((events) => {
    const ready = Promise.withResolvers<void>();
    void (async () => {
      for await (const event of events) {
        if (event.type === "synced") ready.resolve();
        if (event.type === "put") arrived.push([arrivalKey(event), machineNow()]);
      }
    })();
    return ready.promise;
  });
  await Promise.all(synced);
  process.on("message", ({ id }: { id: number }) => {
    process.send?.({ id, answer: arrived });
    arrived = [];
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.("up");
}

if (import.meta.main) {
  const { url } = JSON.parse(process.argv[2] as string) as { url: string };
  await follow(url);
}
