/** @module What users notice when a server of the engine is killed: stalled progress bars, waiting requests. */

import type { NatsServers } from "../test/support/nats-servers.ts";
import type { PostgresServer } from "../test/support/postgres.testing.ts";
import { BenchVisitor, call } from "./support/caller.ts";
import { type BenchNode, withProcesses } from "./support/processes.ts";
import { spreadRecordLeaders } from "./support/record-leaders.ts";
import { type Figure, median, ms } from "./support/table.ts";

const DOWNLOADS = 30;
const TICK_MS = 200;
/** Longer than an election of NATS (4 to 9 s) and what comes after. */
const OBSERVED_MS = 15_000;
const ASK_EVERY_MS = 50;
/** Longer silences are an interruption, shorter ones the ticks' own rhythm. */
const INTERRUPTION_MS = 1_000;

/** Needs `--engine postgres` or `nats`: without servers there is nothing to measure. */
export function serverLoss(): Promise<Figure[]> {
  return withProcesses(async (processes) => {
    const { servers, postgres } = processes.engine;
    if (postgres === null && (servers === null || servers.names.length < 3)) return [];
    const nodes = await Promise.all(["n1", "n2", "n3"].map((name) => processes.node(name)));
    if (postgres !== null) return await postgresLoss(postgres, nodes);
    return await natsLoss(servers!, nodes);
  });
}

/** Kills all processes of the server, SIGKILL, and starts it again at once. */
async function postgresLoss(server: PostgresServer, nodes: BenchNode[]): Promise<Figure[]> {
  const all = nobody();
  for (let round = 0; round < 3; round++) {
    const strike = async () => {
      await server.kill();
      await server.launch();
      return () => all;
    };
    await observe(nodes, strike, `round-${round}`);
  }
  return figuresOf("PostgreSQL killed and started again", all);
}

/**
 * Kills each of three servers in turn, SIGKILL, when the leaders of the record streams are spread, and starts it again
 * after the observation. Reports separately the users whose records the lost server led.
 */
async function natsLoss(servers: NatsServers, nodes: BenchNode[]): Promise<Figure[]> {
  const [led, others] = [nobody(), nobody()];
  for (const index of servers.names.keys()) {
    const strike = async () => {
      const leaderOf = await spreadRecordLeaders(servers);
      await servers.kill(index);
      return (user: string) => (leaderOf(user) === servers.names[index] ? led : others);
    };
    await observe(nodes, strike, `round-${index}`);
    servers.launch(index);
    await servers.ready();
  }
  return [
    ...figuresOf("nats-server killed, the leader of their records", led),
    ...figuresOf("nats-server killed, another server", others),
  ];
}

function figuresOf(what: string, { pauses, waits, refused }: Seen): Figure[] {
  return [
    { what: `${what}: bars that stand still`, measured: share(pauses) },
    { what: `${what}: requests that wait`, measured: share(waits) },
    { what: `${what}: requests refused`, measured: `${refused} of ${waits.length + refused}` },
  ];
}

function nobody(): Seen {
  return { pauses: [], waits: [], refused: 0 };
}

interface Seen {
  /** The longest silence of each download's events, ms. */
  pauses: number[];
  /** Duration of each request, ms. */
  waits: number[];
  refused: number;
}

/** Collects what a user experiences. */
type SeenOf = (user: string) => Seen;

async function observe(nodes: BenchNode[], strike: () => Promise<SeenOf>, round: string): Promise<void> {
  const stop = new AbortController();
  const lastAt = new Map<string, number>();
  const longest = new Map<string, number>();
  const ticks = Math.ceil((OBSERVED_MS * 10) / TICK_MS);
  const watching = Array.from({ length: DOWNLOADS }, async (_, index) => {
    const visitor = new BenchVisitor(`${round}-${index}`);
    const at = (offset: number) => nodes[(index + offset) % nodes.length]!.url;
    await visitor.started(at(0), "ticking", { ticks, everyMs: TICK_MS });
    for await (const { event } of visitor.events(at(1), stop.signal)) {
      if (event !== "download") continue;
      const now = performance.now();
      const silence = now - (lastAt.get(visitor.user) ?? now);
      longest.set(visitor.user, Math.max(longest.get(visitor.user) ?? 0, silence));
      lastAt.set(visitor.user, now);
    }
  });
  const settled = Promise.allSettled(watching);
  await sleep(3_000);
  const seenOf = await strike();
  longest.clear();
  await askFor(OBSERVED_MS, nodes, { round, seenOf });
  const ended = performance.now();
  stop.abort();
  await settled;
  for (const [user, at] of lastAt) seenOf(user).pauses.push(Math.max(longest.get(user) ?? 0, ended - at));
}

/** Requests at a steady rate, each from its own user, regardless of how earlier ones ended. */
async function askFor(
  durationMs: number,
  nodes: BenchNode[],
  { round, seenOf }: { round: string; seenOf: SeenOf },
): Promise<void> {
  const asked: Promise<void>[] = [];
  for (let index = 0; index * ASK_EVERY_MS < durationMs; index++) {
    asked.push(
      (async () => {
        const began = performance.now();
        const { url } = nodes[index % nodes.length]!;
        const user = `${round}-ask-${index}`;
        const body = { kind: "instant" };
        const { status } = await call(`${url}/downloads`, { method: "POST", user, body });
        if (status === 202) seenOf(user).waits.push(performance.now() - began);
        else seenOf(user).refused += 1;
      })(),
    );
    await sleep(ASK_EVERY_MS);
  }
  await Promise.all(asked);
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
