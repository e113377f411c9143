/** @module How long a download stands still when its node dies, is stopped or freezes. */

import { once } from "node:events";
import type { PublicDownload, StreamEvent } from "../test/support/visitor.ts";
import { BenchVisitor, start } from "./support/caller.ts";
import { machineMs } from "./support/generators.ts";
import { type BenchNode, type Processes, withProcesses } from "./support/processes.ts";
import { type Figure, medianAndWorst, ms } from "./support/table.ts";

export function takeovers(kills: number): Promise<Figure[]> {
  return withProcesses(async (processes) => {
    const nodes = await Promise.all(["n1", "n2", "n3"].map((name) => processes.node(name)));
    const figures: Figure[] = [];
    for (const [signal, verb] of [
      ["SIGKILL", "killed"],
      ["SIGTERM", "stopped in order"],
    ] as const) {
      for (const [kind, count] of [
        ["beat-alone", 1],
        ["beat-inline", 100],
      ] as const) {
        const pauses: number[] = [];
        for (let i = 0; i < (count === 1 ? kills : Math.ceil(kills / 2)); i++) {
          pauses.push(...(await strike(processes, nodes, { signal, kind, count })));
        }
        figures.push({
          what: `node ${verb}, ${count} running: until it runs elsewhere`,
          measured: medianAndWorst(pauses),
        });
      }
    }
    return figures;
  });
}

/** Milliseconds from the signal to the first line on another node, for every download that the node held. */
async function strike(
  processes: Processes,
  nodes: BenchNode[],
  { signal, kind, count }: { signal: NodeJS.Signals; kind: string; count: number },
): Promise<number[]> {
  const victim = nodes[0] as BenchNode;
  const witness = nodes[1] as BenchNode;
  const visitors = Array.from({ length: count }, (_, i) => new BenchVisitor(`${signal}-${kind}-${i}`));
  const ids = await Promise.all(visitors.map(async ({ user }) => (await start(victim.url, user, kind)).id));
  // Streams are opened beforehand and kept open: opening a hundred new ones would dominate the measurement.
  const over = new AbortController();
  const watched = visitors.map((visitor, index) =>
    watch(visitor.events(witness.url, over.signal), ids[index]!),
  );
  await Promise.all(watched.map(({ first }) => first(({ progress }) => progress.done >= 2)));

  // If hit before its checkpoint, a successor repeats a step that was already shown, and its first line is missed.
  await new Promise((resolve) => setTimeout(resolve, 60 + Math.random() * 120));
  const exited = once(victim.child, "exit");
  const struckAt = machineMs();
  victim.child.kill(signal);
  const moved = await Promise.all(
    watched.map(({ first }) => first(({ epoch, progress }) => epoch > 1 && beganAt(progress) > struckAt)),
  );
  over.abort();
  const pausesMs = moved.map(({ progress }) => beganAt(progress) - struckAt);

  await Promise.all(
    visitors.map((visitor, index) =>
      visitor.request(`${witness.url}/downloads/${ids[index]}`, { method: "DELETE" }),
    ),
  );
  await exited;
  nodes.push(await processes.node(victim.name));
  nodes.shift();
  return pausesMs;
}

/** `first` resolves with the first state of one download that is accepted. */
function watch(events: AsyncIterable<StreamEvent>, id: string) {
  let accept: (download: PublicDownload) => boolean = () => false;
  let found: (download: PublicDownload) => void = () => {};
  let lost: (error: unknown) => void = () => {};
  const follow = async () => {
    for await (const { event, data } of events) {
      const seen = event === "snapshot" ? data.downloads : event === "download" ? [data] : [];
      for (const download of seen) if (download.id === id && accept(download)) found(download);
    }
  };
  follow().catch((error) => lost(error));
  return {
    first(accepted: (download: PublicDownload) => boolean): Promise<PublicDownload> {
      return new Promise((resolve, reject) => {
        [accept, found, lost] = [accepted, resolve, reject];
      });
    },
  };
}

function beganAt(progress: PublicDownload["progress"]): number {
  return Number(progress.message?.split(" ")[0] ?? 0);
}

/** A frozen node leaves no definite sign: its lease has to expire. */
export function freeze(): Promise<Figure[]> {
  return withProcesses(async (processes) => {
    const leaseMs = 3_000;
    const [victim, witness] = await Promise.all(
      ["n1", "n2"].map((name) => processes.node(name, { leaseMs })),
    );
    const visitor = new BenchVisitor("frozen");
    const { id } = await start(victim!.url, visitor.user, "beat-alone");
    await visitor.until(
      () => [witness!.url],
      id,
      ({ progress }) => progress.done >= 2,
    );
    const struckAt = machineMs();
    victim!.child.kill("SIGSTOP");
    const moved = await visitor.until(
      () => [witness!.url],
      id,
      ({ epoch, progress }) => epoch > 1 && beganAt(progress) > struckAt,
    );
    victim!.child.kill("SIGCONT");
    return [
      {
        what: `node frozen (lease ${leaseMs} ms): until it runs elsewhere`,
        measured: ms(beganAt(moved.progress) - struckAt),
      },
    ];
  });
}
