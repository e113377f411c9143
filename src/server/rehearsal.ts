/** @module A takeover in memory, so that a node's first real one finds its code compiled. */

import { systemClock } from "../clock/system.ts";
import type { Download } from "../download/download.ts";
import { openMemoryEngine, type SharedMemory, shareMemory } from "../engines/memory/memory-engine.ts";
import { defineGenerator, type Generator } from "../generator/generator.ts";
import { inlineExecutor } from "../generator/inline.ts";
import { registryOf } from "../generator/registry.ts";
import { silentLog } from "../telemetry/log.ts";
import { keepRecent } from "../telemetry/recent-log.ts";
import type { Carryout } from "../tracker/carryout.ts";
import { openCarryout } from "../tracker/open.ts";
import { VERSION } from "../version.ts";

const NAME = "rehearsal";
/** Its holder dies long before. */
const HELD_MS = 60_000;

let rehearsal: Promise<Download> | null = null;

/**
 * A node dies in the middle of a download, and another one completes it, once in a process. The code that a takeover
 * runs, some hundred functions, runs seldom: a node that took over for the first time spent half of the time compiling
 * it. Takes about 50 ms of computing. Returns the completed download.
 */
export function rehearse(): Promise<Download> {
  rehearsal ??= takeOverOnce();
  return rehearsal;
}

async function takeOverOnce(): Promise<Download> {
  const begun = Promise.withResolvers<void>();
  const generator = untilResumed(begun.resolve);
  const shared = shareMemory();
  const opened = new AsyncDisposableStack();
  try {
    const first = await openNode("first", generator, shared, opened);
    const { status } = await first.start({ user: NAME, kind: NAME });
    await begun.promise;
    const second = await openNode("second", generator, shared, opened);
    const held = await first.fetch(NAME, status.download.id);
    shared.members.crash(held?.node ?? "");
    return await completed(second);
  } finally {
    await opened.disposeAsync();
  }
}

/** Its first run saves a checkpoint and goes no further. */
function untilResumed(onBegun: () => void): Generator<unknown> {
  let runs = 0;
  return defineGenerator({
    kind: NAME,
    isolation: "inline",
    checkpointMs: 0,
    file: { name: NAME, type: "text/plain" },
    async run({ progress, write, checkpoint, sleep }) {
      runs += 1;
      progress(runs, 2);
      await write(NAME);
      await checkpoint(runs);
      if (runs > 1) return;
      onBegun();
      await sleep(HELD_MS);
    },
  });
}

async function openNode(
  name: string,
  generator: Generator<unknown>,
  shared: SharedMemory,
  opened: AsyncDisposableStack,
): Promise<Carryout> {
  const { log } = keepRecent(silentLog, systemClock);
  const registry = registryOf([generator]);
  const executor = opened.adopt(inlineExecutor({ registry, clock: systemClock }), (it) => it.close());
  const engine = opened.adopt(await openMemoryEngine(log, shared), (it) => it.close());
  const self = { name, url: null, pid: null, version: VERSION, capacity: 1, inlineCapacity: 1 };
  const node = await openCarryout({ engine, registry, executor, clock: systemClock, log, self });
  return opened.adopt(node, (it) => it.close());
}

async function completed(node: Carryout): Promise<Download> {
  const stop = new AbortController();
  try {
    for await (const event of node.watch(NAME, stop.signal)) {
      const seen =
        event.type === "snapshot" ? event.downloads : event.type === "download" ? [event.status] : [];
      const ready = seen.find(({ download }) => download.state === "ready");
      if (ready) return ready.download;
    }
  } finally {
    stop.abort();
  }
  throw new Error("the rehearsal's watch has ended");
}
