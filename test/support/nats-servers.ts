/** @module Real nats-servers on loopback and free ports, one alone or a cluster, that can be killed and frozen. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findNatsServer } from "../../scripts/nats-server.mjs";
import { isRunning } from "./processes.ts";
import { eventually, freePorts } from "./real-cluster.ts";

export interface NatsServersOptions {
  /** 1 (default) is a single server, 3 a cluster. */
  count?: number;
  /** Lines for the configuration of each server, such as an `authorization` block. */
  config?: string;
  /** Lines for the `jetstream` block of each server, such as `sync_interval: always`. */
  jetstream?: string;
  /** Where the servers keep their data; default a new folder that `stop` removes. */
  dir?: string;
  /** A program to use instead of the one found, for example an older version. */
  program?: string;
}

interface Server {
  readonly name: string;
  readonly port: number;
  readonly configPath: string;
  /** Its configuration without the test's lines. */
  readonly ownConfig: string;
  child: ChildProcess | null;
}

export class NatsServers {
  readonly #servers: Server[];
  readonly #dir: string;
  readonly #program: string;

  private constructor(servers: Server[], dir: string, program: string) {
    this.#servers = servers;
    this.#dir = dir;
    this.#program = program;
  }

  /** Starts the servers and waits until JetStream answers on each. */
  static async start(options: NatsServersOptions = {}): Promise<NatsServers> {
    const { count = 1, config = "", jetstream = "max_file: 8GB" } = options;
    const program = options.program ?? findNatsServer();
    if (program === null) throw new Error("nats-server is missing: node scripts/setup.mjs --test fetches it");
    const dir = options.dir ?? (await mkdtemp(join(tmpdir(), "carryout-nats-")));
    const port = await freePorts(2 * count);
    const ports = Array.from({ length: count }, (_, index) => port + index);
    const routes = ports.map((each) => `nats://127.0.0.1:${each + count}`);
    const servers = await Promise.all(
      ports.map(async (each, index) => {
        const name = `nats-${index + 1}`;
        const store = join(dir, name);
        await mkdir(store, { recursive: true });
        const listen = `listen: "127.0.0.1:${each + count}", routes: [${routes.join(", ")}]`;
        // As in deploy/nats.conf: a route to a frozen server is re-established soon after it thaws.
        const cluster = `cluster { name: test, ${listen}, ping_interval: "1s", ping_max: 3 }`;
        const lines = [
          `server_name: ${name}`,
          `listen: "127.0.0.1:${each}"`,
          `jetstream { store_dir: "${store}", ${jetstream} }`,
          count > 1 ? cluster : "",
        ];
        const [configPath, ownConfig] = [join(dir, `${name}.conf`), `${lines.join("\n")}\n`];
        await writeFile(configPath, ownConfig + config);
        return { name, port: each, configPath, ownConfig, child: null };
      }),
    );
    const cluster = new NatsServers(servers, dir, program);
    for (const index of servers.keys()) cluster.launch(index);
    try {
      await cluster.ready();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** `host:port` of each. */
  get addresses(): string[] {
    return this.#servers.map(({ port }) => `127.0.0.1:${port}`);
  }

  /** The engine URL of a cluster with this name, which no other test may use. */
  url(name: string): string {
    return `nats://${this.addresses.join(",")}?name=${name}`;
  }

  get names(): string[] {
    return this.#servers.map(({ name }) => name);
  }

  pid(index: number): number {
    const pid = this.#servers[index]?.child?.pid;
    if (pid === undefined) throw new Error(`server ${index} does not run`);
    return pid;
  }

  /** Replaces the test's configuration lines of a server from its next launch on. */
  async configure(index: number, config: string): Promise<void> {
    const { configPath, ownConfig } = this.#servers[index]!;
    await writeFile(configPath, ownConfig + config);
  }

  /** Starts a stopped server on its existing data. */
  launch(index: number): void {
    const server = this.#servers[index]!;
    const log = openSync(join(this.#dir, `${server.name}.log`), "a");
    server.child = spawn(this.#program, ["-c", server.configPath], { stdio: ["ignore", log, log] });
  }

  /** SIGKILL, and waits until it has ended. */
  async kill(index: number): Promise<void> {
    const { child } = this.#servers[index]!;
    if (!child || !isRunning(child.pid!)) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    this.#servers[index]!.child = null;
  }

  freeze(index: number): void {
    process.kill(this.pid(index), "SIGSTOP");
  }

  thaw(index: number): void {
    process.kill(this.pid(index), "SIGCONT");
  }

  /** Waits until every running server accepts connections and JetStream has a leader. */
  async ready(): Promise<void> {
    for (const { port, child } of this.#servers) {
      if (child) await eventually(`nats-server on ${port}`, () => answersJetStream(port));
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#servers.keys()].map((index) => this.kill(index)));
    await rm(this.#dir, { recursive: true, force: true });
  }
}

/** Speaks the raw protocol, so that no test depends on the code it is about to test. */
function answersJetStream(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", timeout: 1_000 });
    let text = "";
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on("error", () => end(false)).on("timeout", () => end(false));
    socket.on("data", (chunk) => {
      text += chunk;
      // A server that requires a login or TLS is up; without those, JetStream can be queried.
      if (/"(auth|tls)_required":true/.test(text)) return end(true);
      if (/INFO [^\n]*\n$/.test(text)) {
        socket.write('CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\nSUB answer 1\r\n');
        socket.write("PUB $JS.API.INFO answer 0\r\n\r\n");
      }
      if (text.includes('"memory"')) end(!text.includes('"error"'));
      else if (text.includes("NATS/1.0 503") || text.includes('"error"')) end(false);
    });
  });
}
