/** @module What users notice when a nats-server is killed: bars that stand still, requests that wait. */

import { BenchVisitor, call } from "./support/caller.ts";
import { type BenchNode, type Processes, withProcesses } from "./support/processes.ts";
import { type Figure, median, ms } from "./support/table.ts";

const DOWNLOADS = 30;
const TICK_MS = 200;
/** Longer than an election of NATS (4 to 9 s) and what comes after. */
const OBSERVED_MS = 15_000;
const ASK_EVERY_MS = 50;
/** Longer silences are an interruption, shorter ones the ticks' own rhythm. */
const INTERRUPTION_MS = 1_000;

/** Kills each of three servers in turn, SIGKILL, and starts it again after the observation. Needs `--engine nats`. */
export function serverLoss(): Promise<Figure[]> {
  return withProcesses(async (processes) => {
    const { servers } = processes.engine;
    if (servers === null || servers.names.length < 3) return [];
    const nodes = await Promise.all(["n1", "n2", "n3"].map((name) => processes.node(name)));
    const pauses: number[] = [];
    const waits: number[] = [];
    let refused = 0;
    for (const index of servers.names.keys()) {
      const seen = await observe(processes, nodes, () => servers.kill(index), `round-${index}`);
      pauses.push(...seen.pauses);
      waits.push(...seen.waits);
      refused += seen.refused;
      servers.launch(index);
      await servers.ready();
      await sleep(5_000); // it catches up
    }
    return [
      { what: "nats-server killed: a running download's bar stands still", measured: share(pauses) },
      { what: "nats-server killed: a request waits", measured: share(waits) },
      { what: "nats-server killed: requests refused", measured: `${refused} of ${waits.length + refused}` },
    ];
  });
}

interface Seen {
  /** The longest silence of each download's events, ms. */
  pauses: number[];
  /** Of each request, ms. */
  waits: number[];
  refused: number;
}

async function observe(
  { engine }: Processes,
  nodes: BenchNode[],
  strike: () => Promise<void>,
  round: string,
): Promise<Seen> {
  const stop = new AbortController();
  const lastAt = new Map<number, number>();
  const longest = new Map<number, number>();
  const ticks = Math.ceil((OBSERVED_MS * 3) / TICK_MS);
  const watching = Array.from({ length: DOWNLOADS }, async (_, index) => {
    const visitor = new BenchVisitor(`${round}-${index}`);
    const at = (offset: number) => nodes[(index + offset) % nodes.length]!.url;
    await visitor.started(at(0), "ticking", { ticks, everyMs: TICK_MS });
    for await (const { event } of visitor.events(at(1), stop.signal)) {
      if (event !== "download") continue;
      const now = performance.now();
      longest.set(index, Math.max(longest.get(index) ?? 0, now - (lastAt.get(index) ?? now)));
      lastAt.set(index, now);
    }
  });
  const settled = Promise.allSettled(watching);
  await sleep(3_000);
  longest.clear();
  await strike();
  const asked = await askFor(OBSERVED_MS, nodes, `${engine.url}-${round}`);
  stop.abort();
  await settled;
  const ended = performance.now();
  const pauses = [...lastAt].map(([index, at]) => Math.max(longest.get(index) ?? 0, ended - at));
  return { pauses, ...asked };
}

/** Requests at a steady rate, each by its own user, whatever became of those before. */
async function askFor(durationMs: number, nodes: BenchNode[], name: string): Promise<Omit<Seen, "pauses">> {
  const waits: number[] = [];
  let refused = 0;
  const asked: Promise<void>[] = [];
  for (let index = 0; index * ASK_EVERY_MS < durationMs; index++) {
    asked.push(
      (async () => {
        const began = performance.now();
        const { url } = nodes[index % nodes.length]!;
        const body = { kind: "instant" };
        const { status } = await call(`${url}/downloads`, {
          method: "POST",
          user: `${name}-ask-${index}`,
          body,
        });
        if (status === 202) waits.push(performance.now() - began);
        else refused += 1;
      })(),
    );
    await sleep(ASK_EVERY_MS);
  }
  await Promise.all(asked);
  return { waits, refused };
}

/** `20 of 90 for longer than 1 s: median 5.10 s, worst 7.30 s; the others: median 210 ms, worst 380 ms`. */
function share(all: number[]): string {
  const long = all.filter((value) => value > INTERRUPTION_MS);
  const short = all.filter((value) => value <= INTERRUPTION_MS);
  const told = (values: number[]) =>
    values.length === 0 ? "none" : `median ${ms(median(values))}, worst ${ms(Math.max(...values))}`;
  return `${long.length} of ${all.length} for more than ${INTERRUPTION_MS / 1000} s: ${told(long)}; the others: ${told(short)}`;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
