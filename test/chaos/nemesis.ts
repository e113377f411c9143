/** @module The faults of a chaos run: kills, freezes and stops, drawn from the seed. */

import { setTimeout as wait } from "node:timers/promises";
import type { Chance } from "../sim/chance.ts";
import { signal } from "../support/processes.ts";
import type { RealCluster } from "../support/real-cluster.ts";

export interface NemesisOptions {
  cluster: RealCluster;
  chance: Chance;
  /** The number of nodes when all are alive. */
  nodes: number;
  /** The first node is only frozen, never killed, so that its memory can be watched. */
  spare: boolean;
  /** Pauses between two strikes, in milliseconds. */
  pauseMs: readonly [number, number];
  /** Called with a description of each strike. */
  onStrike: (words: string) => void;
}

type Deed =
  | "kill one"
  | "kill several"
  | "kill all nodes"
  | "freeze one"
  | "freeze several"
  | "stop one"
  | "stop several"
  | "kill the primary"
  | "kill everything"
  | "kill a server"
  | "kill a machine"
  | "kill all servers"
  | "freeze a server"
  | "exhaust a server";

const DEEDS: readonly { weight: number; value: Deed; endsAll?: true }[] = [
  { weight: 28, value: "kill one" },
  { weight: 10, value: "kill several" },
  { weight: 5, value: "kill all nodes", endsAll: true },
  { weight: 18, value: "freeze one" },
  { weight: 10, value: "freeze several" },
  { weight: 14, value: "stop one" },
  { weight: 5, value: "stop several" },
  { weight: 3, value: "kill the primary", endsAll: true },
  { weight: 3, value: "kill everything", endsAll: true },
];

/** Only with nats-servers or PostgreSQL. A machine is a server and a node. */
const SERVER_DEEDS: typeof DEEDS = [
  { weight: 20, value: "kill a server" },
  { weight: 8, value: "kill a machine" },
  { weight: 3, value: "kill all servers" },
  { weight: 8, value: "freeze a server" },
];

/** Only with PostgreSQL: another program takes all its connections. */
const EXHAUSTING: (typeof DEEDS)[number] = { weight: 8, value: "exhaust a server" };

/** The delay after which a service manager would restart a server. */
const RELAUNCH_MS = 2_000;

const SHORTEST_FREEZE_MS = 500;
const LONGEST_FREEZE_MS = 6_000;

export class Nemesis {
  /** Strikes by kind. */
  readonly strikes: Partial<Record<Deed, number>> = {};
  /** Processes that were hit, by signal. */
  readonly victims = { SIGKILL: 0, SIGSTOP: 0, SIGTERM: 0 };
  readonly #options: NemesisOptions;
  /** Servers that were hit, by signal or otherwise. */
  readonly servers = { SIGKILL: 0, SIGSTOP: 0, exhausted: 0 };
  readonly #thaws = new Set<Promise<void>>();
  /** Servers that are frozen or dead. */
  readonly #ailing = new Set<number>();
  #spared: number | null = null;

  constructor(options: NemesisOptions) {
    this.#options = options;
  }

  /** Strikes until the signal aborts; then everything is thawed and started. */
  async run(ending: AbortSignal): Promise<void> {
    const { chance, cluster, pauseMs, spare } = this.#options;
    if (spare) this.#spared = (await cluster.nodes()).find(({ name }) => name === "n1")?.pid ?? null;
    const all = cluster.servers === null ? [...DEEDS] : [...DEEDS, ...SERVER_DEEDS];
    if (cluster.servers?.exhaust) all.push(EXHAUSTING);
    const deeds = all.filter(({ endsAll }) => !spare || !endsAll);
    while (!ending.aborted) {
      // Usually the cluster has recovered before the next strike.
      if (chance.is(0.7)) await this.#whole(ending);
      await wait(chance.whole(...pauseMs), undefined, { signal: ending }).catch(() => {});
      if (!ending.aborted) await this.#strike(chance.weighted(deeds));
    }
    await Promise.all(this.#thaws);
    await cluster.allUp();
  }

  async #strike(deed: Deed): Promise<void> {
    this.strikes[deed] = (this.strikes[deed] ?? 0) + 1;
    if (deed.endsWith("server") || deed.endsWith("servers") || deed.endsWith("machine"))
      this.#strikeServers(deed);
    if (deed.endsWith("server") || deed.endsWith("servers")) return;
    const pids = await this.#targets(deed);
    this.#options.onStrike(`${deed}: ${pids.join(", ")}`);
    const { cluster } = this.#options;
    if (deed === "kill the primary" || deed === "kill everything") {
      await Promise.all(this.#thaws);
      if (deed === "kill everything") this.victims.SIGKILL += pids.length;
      this.victims.SIGKILL++;
      await (deed === "kill everything" ? cluster.killAll() : cluster.killPrimary());
      await cluster.restart();
    } else if (deed.startsWith("freeze")) {
      for (const pid of pids) this.#freeze(pid);
    } else {
      const name = deed.startsWith("kill") ? "SIGKILL" : "SIGTERM";
      for (const pid of pids) if (signal(pid, name)) this.victims[name]++;
    }
  }

  async #targets(deed: Deed): Promise<number[]> {
    const { chance, cluster } = this.#options;
    const isFreeze = deed.startsWith("freeze");
    const all = (await cluster.nodePids())
      .filter((pid) => isFreeze || pid !== this.#spared)
      .sort((a, b) => a - b);
    if (deed.endsWith("one") || deed.endsWith("machine")) return all.length === 0 ? [] : [chance.pick(all)];
    if (!deed.endsWith("several")) return all;
    const count = Math.min(all.length, chance.whole(2, Math.max(2, all.length)));
    while (all.length > count) all.splice(chance.whole(0, all.length - 1), 1);
    return all;
  }

  #strikeServers(deed: Deed): void {
    const { chance, cluster, onStrike } = this.#options;
    const { names } = cluster.servers!;
    const all = [...names.keys()];
    const targets = deed === "kill all servers" ? all : [chance.pick(all)];
    onStrike(`${deed}: ${targets.map((index) => names[index]).join(", ")}`);
    for (const index of targets) this.#strikeServer(index, deed);
  }

  #strikeServer(index: number, deed: Deed): void {
    const { chance, cluster } = this.#options;
    const servers = cluster.servers!;
    if (this.#ailing.has(index)) return;
    this.#ailing.add(index);
    const spellMs = chance.whole(SHORTEST_FREEZE_MS, LONGEST_FREEZE_MS);
    const strike = async () => {
      if (deed === "freeze a server") {
        this.servers.SIGSTOP++;
        servers.freeze(index);
        await wait(spellMs);
        servers.thaw(index);
      } else if (deed === "exhaust a server") {
        this.servers.exhausted++;
        const release = await servers.exhaust!(index);
        await wait(spellMs);
        await release();
      } else {
        this.servers.SIGKILL++;
        await servers.kill(index);
        await wait(RELAUNCH_MS);
        await servers.launch(index);
      }
      this.#ailing.delete(index);
      this.#thaws.delete(healed);
    };
    const healed = strike();
    this.#thaws.add(healed);
  }

  #freeze(pid: number): void {
    const { cluster, chance } = this.#options;
    if (!cluster.freeze(pid)) return;
    this.victims.SIGSTOP++;
    const thaw = wait(chance.whole(SHORTEST_FREEZE_MS, LONGEST_FREEZE_MS)).then(() => {
      cluster.thaw(pid);
      this.#thaws.delete(thaw);
    });
    this.#thaws.add(thaw);
  }

  /** Resolves when all nodes are alive, or after a timeout: then the next strike hits the remaining ones. */
  async #whole(ending: AbortSignal): Promise<void> {
    const { cluster, nodes } = this.#options;
    const patience = AbortSignal.any([ending, AbortSignal.timeout(15_000)]);
    while (!patience.aborted) {
      const living = await cluster.nodes().catch(() => []);
      if (living.length === nodes) return;
      await wait(200);
    }
  }
}
