/** @module Carryout beside queues of jobs on the same PostgreSQL, each through its public interface. */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PostgresServer } from "../test/support/postgres.testing.ts";
import { type Calls, QUEUE_NAMES, type QueueName } from "./jobs/program.ts";
import { Commanded } from "./support/commanded.ts";
import { machineMs } from "./support/generators.ts";
import { COUNTED, loadOf } from "./support/postgres-load.ts";
import { residentBytesOf } from "./support/process-figures.ts";
import { latencies, medianAndWorst, ms, quantile } from "./support/table.ts";

const PROGRAM = new URL("./jobs/program.ts", import.meta.url);
const CALLERS = 64;
const RUNNING = 1_000;
/** graphile-worker gives a dead worker's jobs to others after this. It has no setting for it. */
const DOCUMENTED = new Map<QueueName, string>([["graphile-worker", "4 hours (documented)"]]);
/** pg-boss' heartbeat takes 10 s, so its kills are few. */
const KILLS = new Map<QueueName, number>([["pg-boss", 2]]);

type Worker = Commanded<Calls>;
type Row = [what: string, measured: string];

export async function jobs(isQuick: boolean): Promise<null> {
  const tables: Row[][] = [];
  for (const queue of QUEUE_NAMES) {
    const beganAt = performance.now();
    tables.push(await measured(queue, isQuick));
    process.stderr.write(`${queue}: ${Math.round((performance.now() - beganAt) / 1_000)} s\n`);
  }
  const versions = await Promise.all(QUEUE_NAMES.map(versionOf));
  const heads = QUEUE_NAMES.map((name, index) => `${name}${versions[index]}`);
  const lines = tables[0]!.map(([what], row) => [what, ...tables.map((table) => table[row]![1])]);
  const table = [["", ...heads], ["", ...heads].map(() => "---"), ...lines];
  process.stdout.write("\n## jobs\n\nA new server for each part, all with the same settings: ");
  process.stdout.write("fsync=on, synchronous_commit=on, otherwise the defaults.\n\n");
  for (const cells of table) process.stdout.write(`| ${cells.join(" | ")} |\n`);
  return null;
}

async function versionOf(name: QueueName): Promise<string> {
  if (name === "Carryout") return "";
  const url = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return ` ${(JSON.parse(await readFile(url, "utf8")) as { version: string }).version}`;
}

async function measured(queue: QueueName, isQuick: boolean): Promise<Row[]> {
  const rows: Row[] = [];
  for (const part of [accepting, lives, pickUp, takeover, running]) {
    process.stderr.write(`${queue}: ${part.name}\n`);
    const found = await onNewServer(queue, (measuring) => part({ ...measuring, isQuick }));
    for (const row of found) process.stderr.write(`  ${row.join(": ")}\n`);
    rows.push(...found);
  }
  return rows;
}

/** What one part left behind does not slow the next. */
async function onNewServer<T>(
  queue: QueueName,
  work: (measuring: Omit<Measuring, "isQuick">) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), "carryout-jobs-"));
  const server = await PostgresServer.start({
    settings: { fsync: "on", synchronous_commit: "on", ...COUNTED },
  });
  const workers: Worker[] = [];
  const start: Measuring["start"] = async (name, { isWatchful } = { isWatchful: false }) => {
    const given = { queue, url: server.url, files: join(dir, "files"), name, isWatchful };
    const worker = await Commanded.start<Calls>(PROGRAM, given);
    workers.push(worker);
    return worker;
  };
  try {
    return await work({ queue, server, start });
  } finally {
    for (const worker of workers) await worker.end("SIGKILL");
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

interface Measuring {
  queue: QueueName;
  server: PostgresServer;
  start(name: string, options?: { isWatchful: boolean }): Promise<Worker>;
  isQuick: boolean;
}

async function lives({ start, isQuick }: Measuring): Promise<Row[]> {
  const worker = await start("both");
  await worker.call("work", CALLERS);
  await worker.call("live", 0, 500, CALLERS);
  const count = isQuick ? 1_000 : 5_000;
  const seconds = await worker.call("live", 1_000, count, CALLERS);
  return [[`life cycles, ${CALLERS} callers: added, run, seen to be done`, perSecond(count, seconds)]];
}

async function pickUp({ start, isQuick }: Measuring): Promise<Row[]> {
  const [caller, worker] = [await start("caller"), await start("worker")];
  await worker.call("work", 8);
  const tookMs: number[] = [];
  for (let n = 20_000; n < 20_000 + (isQuick ? 60 : 220); n++) {
    const started = worker.call("started", n);
    const calledAt = await caller.call("addOne", "instant", n);
    tookMs.push((await started) - calledAt);
  }
  return [["from the call to the start of the job in another process", latencies(tookMs.slice(20))]];
}

async function takeover({ queue, start, isQuick }: Measuring): Promise<Row[]> {
  const what = "worker killed (SIGKILL): until its job runs at another one";
  const documented = DOCUMENTED.get(queue);
  if (documented !== undefined) return [[what, documented]];
  const isWatchful = true;
  const caller = await start("caller");
  let [one, other] = [await start("w0", { isWatchful }), await start("w1", { isWatchful })];
  for (const worker of [one, other]) await worker.call("work", 100);
  const pausesMs: number[] = [];
  for (let kill = 0; kill < (isQuick ? 1 : (KILLS.get(queue) ?? 15)); kill++) {
    const n = 30_000 + kill;
    await caller.call("addOne", "hold", n);
    const holder = await Promise.race(
      [one, other].map((worker) => worker.call("started", n).then(() => worker)),
    );
    const heir = holder === one ? other : one;
    const moved = heir.call("started", n);
    const struckAt = machineMs();
    await holder.end("SIGKILL");
    pausesMs.push((await moved) - struckAt);
    [one, other] = [heir, await start(`w${kill + 2}`, { isWatchful })];
    await other.call("work", 100);
  }
  return [[what, medianAndWorst(pausesMs)]];
}

async function running({ server, start, isQuick }: Measuring): Promise<Row[]> {
  const seconds = isQuick ? 3 : 10;
  const caller = await start("caller");
  const idler = await start("idle");
  await idler.call("work", RUNNING);
  await settled();
  const idle = await loadOf(server, seconds);
  const idleMiB = mib(idler);
  await idler.end("SIGKILL");
  // All wait when the worker begins: pg-boss then fills its batches, which is its best case.
  await caller.call("add", "hold", 0, RUNNING, CALLERS);
  const worker = await start("worker");
  await worker.call("work", RUNNING);
  while ((await worker.call("starts")) < RUNNING) await new Promise((resolve) => setTimeout(resolve, 20));
  await settled();
  const busy = await loadOf(server, seconds);
  const load = ({ statements, cpuPercent }: typeof idle) =>
    `${statements.toFixed(1)}/s, ${cpuPercent.toFixed(2)} % of a core`;
  return [
    ["statements at the server and its processor time, idle, caller and worker", load(idle)],
    [`the same, ${RUNNING} running`, load(busy)],
    [`memory of the worker, idle; ${RUNNING} running`, `${idleMiB}; ${mib(worker)} MiB`],
  ];
}

async function accepting({ start, isQuick }: Measuring): Promise<Row[]> {
  const caller = await start("caller");
  const rows: Row[] = [];
  let [from, held] = [0, 0];
  const add = async (count: number, callers: number) => {
    const added = await caller.call("add", "hold", from, count, callers);
    from += count;
    held += count;
    return added;
  };
  await add(500, 1); // warms up
  for (const level of isQuick ? [0, 20_000] : [0, 20_000, 100_000]) {
    if (level > held) await caller.call("fill", level - held);
    held = Math.max(held, level);
    const alone = await add(500, 1);

    const many = await add(isQuick ? 2_000 : 5_000, CALLERS);
    const p50 = ms(quantile(alone.tookMs, 0.5));
    const inAll = perSecond(many.tookMs.length, many.seconds);
    rows.push([
      `added with ${level.toLocaleString("en")} in flight: one at a time; ${CALLERS} callers`,
      `p50 ${p50}; ${inAll}`,
    ]);
  }
  return rows;
}

/** What begins a process is not its load. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 12_000));
}

function perSecond(count: number, seconds: number): string {
  return `${Math.round(count / seconds).toLocaleString("en")}/s`;
}

function mib({ pid }: Worker): number {
  return Math.round(residentBytesOf(pid) / 2 ** 20);
}
