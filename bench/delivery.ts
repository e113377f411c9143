/** @module How fast a file is made and fetched. */

import { BenchVisitor, start } from "./support/caller.ts";
import { withProcesses } from "./support/processes.ts";
import { type Figure, median } from "./support/table.ts";

const MIB = 512;
const ROUNDS = 5;

/** One client over loopback, from a node that did not make the file. */
export function delivery(): Promise<Figure[]> {
  return withProcesses(async (processes) => {
    const maker = await processes.node("maker");
    const visitor = new BenchVisitor("reader");
    const { id } = await start(maker.url, visitor.user, "bulk", { mib: MIB });
    const other = await processes.node("other");
    const ready = await visitor.until(
      () => [other.url],
      id,
      ({ state }) => state === "ready",
    );
    const generated = await visitor.request(`${other.url}/downloads/${id}`);
    const { startedAt, finishedAt } = (await generated.json()) as { startedAt: string; finishedAt: string };
    const seconds = (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
    const rates: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const began = performance.now();
      const response = await visitor.request(`${other.url}${ready.file?.url}`);
      let bytes = 0;
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) bytes += chunk.length;
      if (bytes !== MIB << 20) throw new Error(`${bytes} bytes arrived, expected ${MIB << 20}`);
      rates.push(MIB / ((performance.now() - began) / 1000));
    }
    return [
      {
        what: `file of ${MIB} MiB, generated, hashed and stored`,
        measured: `${Math.round(MIB / seconds)} MiB/s`,
      },
      {
        what: `file of ${MIB} MiB, fetched from another node`,
        measured: `${Math.round(median(rates))} MiB/s`,
      },
    ];
  });
}
