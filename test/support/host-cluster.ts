/** @module A cluster over several hosts, each with a node and a nats-server, or a node only beside one with PostgreSQL. */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findNatsServer } from "../../scripts/nats-server.mjs";
import { type Host, Hosts } from "./hosts.ts";
import { asOperator, OPERATOR_TOKEN } from "./operator.ts";
import { PostgresServer } from "./postgres.testing.ts";
import { eventually, type RealNode } from "./real-cluster.ts";

export interface HostClusterOptions {
  /** Odd, so that there is always a majority. Default 3. */
  count?: number;
  /** Default "nats". */
  engine?: "nats" | "postgres";
  /** Environment variables of the nodes. */
  env?: Record<string, string>;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CLIENTS_PORT = 4_222;
const ROUTES_PORT = 6_222;
const POSTGRES_PORT = 5_432;
const HTTP_PORT = 4_000;
const STARTED_WITHIN_MS = 60_000;

export class Machine {
  readonly host: Host;
  readonly name: string;
  /** Where its node answers, from outside the hosts' network, even when the host is cut off. */
  readonly base: string;
  readonly #spawn: { server(): ChildProcess; node(): ChildProcess };
  #server: ChildProcess | null = null;
  #node: ChildProcess | null = null;

  constructor(host: Host, base: string, spawn: { server(): ChildProcess; node(): ChildProcess }) {
    this.host = host;
    this.name = `n${host.number}`;
    this.base = base;
    this.#spawn = spawn;
  }

  startServer(): void {
    this.#server = this.#spawn.server();
  }

  startNode(): void {
    this.#node = this.#spawn.node();
  }

  /** SIGKILL for node and server together, as in a power failure. */
  async die(): Promise<void> {
    const children = [this.#node, this.#server].filter((child) => child !== null);
    const ended = children.map((child) => once(child, "exit"));
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(ended);
  }

  /** The nodes that this one considers alive. */
  async nodes(): Promise<RealNode[]> {
    const signal = AbortSignal.timeout(3_000);
    const response = await fetch(`${this.base}/cluster/nodes`, { headers: asOperator, signal });
    if (!response.ok) throw new Error(`/cluster/nodes: ${response.status}`);
    return ((await response.json()) as { nodes: RealNode[] }).nodes;
  }

  async isReady(): Promise<boolean> {
    const response = await fetch(`${this.base}/readyz`, { signal: AbortSignal.timeout(3_000) });
    await response.body?.cancel();
    return response.status === 200;
  }
}

export class HostCluster {
  readonly hosts: Hosts;
  /** The engine's URL, the same on every node. */
  readonly engine: string;
  readonly machines: Machine[] = [];
  /** The host of PostgreSQL, and its server; null with the engine "nats". */
  readonly postgres: { host: Host; server: PostgresServer } | null;
  readonly #dir: string;
  readonly #options: HostClusterOptions;

  private constructor(
    hosts: Hosts,
    dir: string,
    options: HostClusterOptions,
    postgres: HostCluster["postgres"],
  ) {
    this.hosts = hosts;
    this.#dir = dir;
    this.#options = options;
    this.postgres = postgres;
    this.engine = postgres
      ? `postgres://carryout@${postgres.host.address}:${POSTGRES_PORT}/postgres`
      : `nats://${hosts.all.map(({ address }) => `${address}:${CLIENTS_PORT}`).join(",")}`;
  }

  /** Resolves when every node is ready and sees all the others. */
  static async start(options: HostClusterOptions = {}): Promise<HostCluster> {
    const { count = 3, engine = "nats" } = options;
    const hosts = await Hosts.create(engine === "nats" ? count : count + 1);
    const postgres = engine === "nats" ? null : await startPostgres(hosts);
    const dir = await mkdtemp(join(tmpdir(), "carryout-hosts-"));
    const cluster = new HostCluster(hosts, dir, options, postgres);
    try {
      for (const host of hosts.all.slice(0, count)) cluster.machines.push(await cluster.#machine(host));
      if (engine === "nats") for (const machine of cluster.machines) machine.startServer();
      for (const machine of cluster.machines) machine.startNode();
      await cluster.whole();
      return cluster;
    } catch (error) {
      const logs = await Promise.all(cluster.machines.map(({ name }) => cluster.log(name)));
      await cluster.dispose();
      throw new Error(`the cluster did not start:\n${logs.join("\n").slice(-5_000)}`, { cause: error });
    }
  }

  /** Resolves when every node is ready and sees all the others. */
  async whole(): Promise<void> {
    const { length } = this.machines;
    const isWhole = async (machine: Machine) =>
      (await machine.isReady()) && (await machine.nodes()).length === length;
    for (const machine of this.machines) {
      await eventually(`${machine.name} is ready and sees all`, () => isWhole(machine), STARTED_WITHIN_MS);
    }
  }

  /** The machine whose node a download's `node` names. */
  machine(node: string | null): Machine {
    const found = this.machines.find(({ name }) => node === name || node?.startsWith(`${name}/`));
    if (!found) throw new Error(`no machine is ${node}`);
    return found;
  }

  /** All but this one. */
  others(machine: Machine): Machine[] {
    return this.machines.filter((other) => other !== machine);
  }

  /** `host:port` outside that forwards to the nats-server of this machine. */
  natsOf(machine: Machine): Promise<string> {
    return machine.host.outside(CLIENTS_PORT);
  }

  /** A node's log so far: JSON lines. */
  log(name: string): Promise<string> {
    return readFile(join(this.#dir, `${name}.log`), "utf8").catch(() => "");
  }

  /** Ends everything and removes the data; with CARRYOUT_KEEP_LOGS=DIR the logs are copied there first. */
  async dispose(): Promise<void> {
    await this.hosts.heal().catch(() => {}); // a failed switch must not block the shutdown
    await this.#keepLogs();
    await this.postgres?.server.stop();
    await this.hosts.dispose();
    await rm(this.#dir, { recursive: true, force: true });
  }

  async #keepLogs(): Promise<void> {
    const target = process.env.CARRYOUT_KEEP_LOGS;
    if (!target) return;
    await mkdir(target, { recursive: true });
    for (const { name, host } of this.machines) {
      for (const log of this.postgres ? [name] : [name, `nats-${host.number}`])
        await writeFile(join(target, `${log}.log`), await this.log(log));
    }
  }

  async #machine(host: Host): Promise<Machine> {
    const configPath = join(this.#dir, `nats-${host.number}.conf`);
    if (!this.postgres) await writeFile(configPath, this.#serverConfig(host));
    const base = `http://${await host.outside(HTTP_PORT)}`;
    const name = `n${host.number}`;
    const words = [join(ROOT, "src/cli/main.ts"), "node", "--name", name, "--host", host.address];
    words.push("--port", String(HTTP_PORT), "--engine", this.engine);
    words.push("--config", join(ROOT, "test/partition/partition.config.ts"));
    if (this.postgres) words.push("--files", `disk:${join(this.#dir, "files")}`);
    return new Machine(host, base, {
      server: () => this.#run(host, `nats-${host.number}`, natsServer(), ["-c", configPath]),
      node: () => this.#run(host, name, process.execPath, words),
    });
  }

  #serverConfig({ number, address }: Host): string {
    const routes = this.hosts.all.map((other) => `"nats://${other.address}:${ROUTES_PORT}"`).join(", ");
    // Without pings a broken route recovers only as fast as TCP retransmits: 13 s after a cut of 15 s.
    const pings = 'ping_interval: "1s", ping_max: 3';
    return [
      `server_name: nats-${number}`,
      `listen: "${address}:${CLIENTS_PORT}"`,
      `jetstream { store_dir: "${join(this.#dir, `nats-${number}`)}", max_file: 8GB }`,
      `cluster { name: test, listen: "${address}:${ROUTES_PORT}", routes: [${routes}], ${pings} }`,
      "",
    ].join("\n");
  }

  #run(host: Host, log: string, program: string, words: string[]): ChildProcess {
    const output = openSync(join(this.#dir, `${log}.log`), "a");
    const env = {
      ...process.env,
      CARRYOUT_LOG: "debug",
      CARRYOUT_SECRET: "the same on all the machines",
      CARRYOUT_OPERATOR_TOKEN: OPERATOR_TOKEN,
      ...this.#options.env,
    };
    const child = host.spawn(program, words, { cwd: ROOT, env, stdio: ["ignore", output, output] });
    closeSync(output);
    return child;
  }
}

/** On the last host. Leaves none behind if it fails. */
async function startPostgres(hosts: Hosts): Promise<HostCluster["postgres"]> {
  const host = hosts.all.at(-1)!;
  try {
    return { host, server: await PostgresServer.start({ host }) };
  } catch (error) {
    await hosts.dispose();
    throw error;
  }
}

function natsServer(): string {
  const program = findNatsServer();
  if (program === null) throw new Error("nats-server is missing: node scripts/setup.mjs --test fetches it");
  return program;
}
