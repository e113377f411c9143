/** @module How quickly work begins, and how quickly a change reaches a browser at another node. */

import { BenchVisitor, start } from "./support/caller.ts";
import { machineMs } from "./support/generators.ts";
import { type BenchNode, type Processes, withProcesses } from "./support/processes.ts";
import { type Figure, latencies } from "./support/table.ts";

const REQUESTS = 200;

/** From the request to the generator's first line in a warm process, one request at a time. */
export function requestToFirstLine(): Promise<Figure[]> {
  return withProcesses(async (processes) => {
    const asked = await processes.node("asked", { capacity: 2 });
    const here = await firstLines(asked, asked);
    return [
      { what: "request to first line, on the node that was asked", measured: latencies(here) },
      {
        what: "request to first line, on another node",
        measured: latencies(await elsewhere(processes, asked)),
      },
    ];
  });
}

/** The node that receives the request is filled up first, so that the other one has to run it. */
async function elsewhere(processes: Processes, asked: BenchNode): Promise<number[]> {
  await start(asked.url, "filler-1", "beat-alone");
  await start(asked.url, "filler-2", "beat-alone");
  const other = await processes.node("other", { capacity: 2 });
  return firstLines(asked, other);
}

async function firstLines(asked: BenchNode, other: BenchNode): Promise<number[]> {
  const took: number[] = [];
  for (let i = 0; i < REQUESTS + 20; i++) {
    const visitor = new BenchVisitor(`${other.name}-${i}`);
    const began = machineMs();
    const { id } = await start(asked.url, visitor.user, "stamp");
    const ready = await visitor.until(
      () => [other.url],
      id,
      ({ state }) => state === "ready",
    );
    const { text } = await visitor.fetchFile(other.url, ready);
    if (i >= 20) took.push(Number(text) - began);
  }
  return took;
}

/** From the generator's `progress()` on one node to the event in a client of another node. */
export function changeToEvent(): Promise<Figure[]> {
  return withProcesses(async (processes) => {
    const holder = await processes.node("holder", { capacity: 2 });
    const { url } = await processes.node("page", { inlineCapacity: 0 });
    const took: number[] = [];
    const watchOne = async (index: number) => {
      const visitor = new BenchVisitor(`watcher-${index}`);
      await start(holder.url, visitor.user, "ticking", { ticks: 60, everyMs: 150 + index });
      const stop = new AbortController();
      for await (const event of visitor.events(url, stop.signal)) {
        const now = machineMs();
        if (event.event !== "download") continue;
        const { message, done } = event.data.progress;
        if (message && done > 3) took.push(now - Number(message));
        if (event.data.state === "ready") break;
      }
      stop.abort();
    };
    await Promise.all(Array.from({ length: 8 }, (_, index) => watchOne(index)));
    return [{ what: "change on one node to event at a client of another", measured: latencies(took) }];
  });
}
