/** @module One chaos run: a cluster, its visitors, the nemesis, and the verdict. */

import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { isUnfinished } from "../../src/client/public-download.ts";
import { Chance } from "../sim/chance.ts";
import { RealCluster } from "../support/real-cluster.ts";
import { MemoryRecord } from "./memory.ts";
import { Nemesis } from "./nemesis.ts";
import { judge, type Verdict } from "./verdict.ts";
import { ChaosVisitor } from "./visitor.ts";

export interface ChaosOptions {
  /** Decides who requests what, and when which node is hit; real timing still varies. */
  seed: number;
  /** How long the nemesis is active. */
  seconds: number;
  visitors: number;
  nodes: number;
  /** A URL, "nats" for three nats-servers or "postgres", hit as well. Default: a new folder, removed afterwards. */
  engine?: string;
  spare?: boolean;
  /** Ends the run early; the verdict is still given. */
  signal?: AbortSignal;
  say: (line: string) => void;
}

const LINE_MS = 10_000;
const MEMORY_MS = 30_000;
/** Time for downloads that are unfinished when the last node was hit. */
const SETTLE_MS = 90_000;
/** A live stream must report what another node has reported within this time. */
const KEEP_UP_MS = 2_500;
/** A change that a stream missed is read from a leader, which an election may delay by 9 s. */
const KEEP_UP_OVER_ELECTIONS_MS = 14_000;
const CONFIG = fileURLToPath(new URL("./chaos.config.ts", import.meta.url));

/** Leaves no process and no folder behind, however it ends. */
export async function runChaos(options: ChaosOptions): Promise<Verdict> {
  const { engine, nodes } = options;
  const cluster = await RealCluster.start({
    nodes,
    config: CONFIG,
    respawn: true,
    servers: 3,
    // For engines that keep no secret of their own.
    env: { CARRYOUT_SECRET: `chaos run with seed ${options.seed}`, CARRYOUT_LOG: "warn" },
    ...(engine !== undefined && { engine }),
  });
  try {
    return await runOn(cluster, options);
  } catch (error) {
    options.say(
      `the run broke off: ${inspect(error)}\nWhat the nodes said last:\n${cluster.output.slice(-5_000)}`,
    );
    throw error;
  } finally {
    await cluster.stop();
  }
}

async function runOn(cluster: RealCluster, options: ChaosOptions): Promise<Verdict> {
  const chance = new Chance(options.seed);
  const until = AbortSignal.timeout(options.seconds * 1_000);
  const closing = options.signal ? AbortSignal.any([until, options.signal]) : until;
  const giveUp = new AbortController();
  const urls = cluster.ownUrls;
  const nemesis = new Nemesis({
    cluster,
    chance: chance.fork(),
    nodes: options.nodes,
    spare: options.spare ?? false,
    pauseMs: options.seconds < 60 ? [1_000, 3_000] : [1_500, 8_000],
    onStrike: (words) => {
      for (const { history } of visitors) history.note(`--- ${words}`);
    },
  });
  const visitors = Array.from(
    { length: options.visitors },
    (_, index) =>
      new ChaosVisitor({
        name: `v${index + 1}`,
        chance: chance.fork(),
        entry: cluster.entry,
        nodes: urls,
        keepUpMs: cluster.servers === null ? KEEP_UP_MS : KEEP_UP_OVER_ELECTIONS_MS,
        closing,
        giveUp: giveUp.signal,
      }),
  );
  const memory = new MemoryRecord(urls);
  const looking = setInterval(() => void memory.look(), MEMORY_MS);
  const telling = setInterval(() => options.say(lineOf(visitors, nemesis)), LINE_MS);
  try {
    const visits = Promise.all(visitors.map((visitor) => visitor.run()));
    visits.catch(() => {}); // awaited below, when the nemesis has ended
    await nemesis.run(closing);
    const patience = setTimeout(() => giveUp.abort(), SETTLE_MS);
    await visits;
    clearTimeout(patience);
    await memory.look();
    return judge({ visitors, nemesis, memory: memory.lines(), nodesOutput: cluster.output });
  } finally {
    giveUp.abort();
    clearInterval(looking);
    clearInterval(telling);
  }
}

function lineOf(visitors: readonly ChaosVisitor[], nemesis: Nemesis): string {
  const seen = visitors.flatMap(({ history }) => [...history.sightings.values()]);
  const open = seen.filter((sighting) => sighting.goneAt === null && isUnfinished(sighting)).length;
  const files = visitors.reduce((sum, { filesFetched }) => sum + filesFetched, 0);
  const violations = visitors.reduce((sum, { history }) => sum + history.violations.length, 0);
  const { SIGKILL, SIGSTOP, SIGTERM } = nemesis.victims;
  const { servers } = nemesis;
  const ofServers =
    servers.SIGKILL + servers.SIGSTOP + servers.exhausted === 0
      ? ""
      : `servers: ${servers.SIGKILL} killed, ${servers.SIGSTOP} frozen, ${servers.exhausted} exhausted; nodes: `;
  return (
    `${ofServers}${SIGKILL} killed, ${SIGSTOP} frozen, ${SIGTERM} stopped; ${seen.length} downloads accepted, ${open} unfinished, ` +
    `${files} files right; ${violations} violations`
  );
}
