/** @module Carryout, as a library without HTTP. */

import { z } from "zod";
import { systemClock as clock } from "../../src/clock/system.ts";
import { readEngineUrl, readFilesUrl } from "../../src/engines/engine-url.ts";
import { filesIn } from "../../src/engines/files.ts";
import { defineGenerator } from "../../src/generator/generator.ts";
import { inlineExecutor } from "../../src/generator/inline.ts";
import { registryOf } from "../../src/generator/registry.ts";
import type { Engine } from "../../src/ports/engine.ts";
import { silentLog as log } from "../../src/telemetry/log.ts";
import type { Carryout } from "../../src/tracker/carryout.ts";
import { openCarryout } from "../../src/tracker/open.ts";
import { NO_LIMITS } from "../../test/support/no-limits.ts";
import { inParallel } from "../support/caller.ts";
import type { Queue, QueueOptions } from "./queue.ts";

const job = {
  isolation: "inline",
  params: z.object({ n: z.number() }),
  file: { name: "bench.bin", type: "application/octet-stream" },
} as const;

export async function openCarryoutQueue(options: QueueOptions): Promise<Queue> {
  let open = opened(options, 0);
  const user = (n: number) => `user-${n}`;
  const add: Queue["add"] = async (kind, n) => {
    await (await open).carryout.start({ user: user(n), kind, params: { n } });
  };
  await open;
  return {
    add,
    async fill(count) {
      const from = 10_000_000;
      await inParallel(count, 64, (index) => add("hold", from + index));
    },
    async live(n) {
      await add("instant", n);
      const stop = new AbortController();
      for await (const event of (await open).carryout.watch(user(n), stop.signal)) {
        const seen =
          event.type === "snapshot" ? event.downloads[0] : event.type === "download" ? event.status : null;
        if (seen?.download.state === "ready") break;
      }
      stop.abort();
    },
    async work(places) {
      const { carryout, engine } = await open;
      await carryout.close();
      await engine.close();
      open = opened(options, places);
      await open;
    },
  };
}

interface Open {
  carryout: Carryout;
  engine: Engine;
}

async function opened({ url, name, files, onStart }: QueueOptions, places: number): Promise<Open> {
  const openFiles = filesIn(readFilesUrl(`disk:${files}`), { clock, log });
  const engine = await readEngineUrl(url).open({ clock, leaseMs: 3_000, log, openFiles });
  const hold = defineGenerator({
    ...job,
    kind: "hold",
    stallMs: 1e9,
    timeoutMs: 1e9,
    async run({ params, sleep }) {
      onStart(params.n);
      await sleep(1e9);
    },
  });
  const instant = defineGenerator({
    ...job,
    kind: "instant",
    async run({ params, write }) {
      onStart(params.n);
      await write("done\n");
    },
  });
  const registry = registryOf([hold, instant]);
  const executor = inlineExecutor({ registry, clock });
  await executor.ready();
  const self = { name, url: null, pid: process.pid, version: "bench", capacity: 0, inlineCapacity: places };
  const carryout = await openCarryout({
    engine,
    registry,
    executor,
    clock,
    log,
    self,
    settings: NO_LIMITS,
  });
  return { carryout, engine };
}
