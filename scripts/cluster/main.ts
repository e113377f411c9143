/**
 * @module The local cluster: three nats-servers or a PostgreSQL, nodes and nginx on this machine, each restarted two
 * seconds after it ends. Everything is kept in one folder, so that the next start finds the downloads.
 */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { table } from "../../src/cli/format.ts";
import { sharedSecret } from "../../src/engines/sqlite/shared-secret.ts";
import { messageOf } from "../../src/errors.ts";
import { KeptProcess, type Program, type Tell } from "./kept-process.ts";
import { engineUrl, natsServers } from "./nats.ts";
import { nginx } from "./nginx.ts";
import { type ClusterOptions, readOptions, refusePortsInUse, USAGE } from "./options.ts";
import { localPostgres } from "./postgres.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const HOST = "127.0.0.1";
/** npm forwards a Ctrl-C that the terminal has already sent: a signal this soon after another is a duplicate. */
const SAME_SIGNAL_MS = 500;

const tell: Tell = (name, event) => {
  console.error(`${new Date().toISOString().slice(11, 23)} ${name.padEnd(6)}  ${event}`);
};

async function main(words: readonly string[]): Promise<void> {
  if (words.includes("--help") || words.includes("-h")) return console.log(USAGE);
  const options = readOptions(words, ROOT);
  const { dir, port, nodePorts } = options;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  holdFolder(dir);
  await refusePortsInUse(options);

  const addresses = nodePorts.map((each) => `${HOST}:${each}`);
  const front = { dir: join(dir, "nginx"), listen: `${HOST}:${port}`, nodes: addresses };
  const { CARRYOUT_OPERATOR_TOKEN: chosen } = process.env;
  const operatorToken = chosen || (await sharedSecret(join(dir, "operator-token")));
  const engine = await openEngine(options);
  const layers: Program[][] = [
    engine.programs,
    await nodes(options, engine, operatorToken),
    [await nginx(front)],
  ];
  await runLayers(
    layers.map((layer) => layer.map((program) => new KeptProcess(program, tell))),
    chosen ? "…" : operatorToken,
  );
}

/** Two clusters would corrupt a shared folder. The lock is released when this process ends, however it ends. */
function holdFolder(dir: string): void {
  const lock = new DatabaseSync(join(dir, "lock.sqlite"));
  try {
    lock.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (cause) {
    throw new Error(`another cluster runs on ${dir}: end it, or choose another folder with --dir`, { cause });
  }
  process.once("exit", () => lock.close());
}

/** What the nodes share. */
interface Shared {
  programs: Program[];
  flags: Readonly<Record<string, string>>;
  env: Readonly<Record<string, string>>;
}

async function openEngine({ dir, engine }: ClusterOptions): Promise<Shared> {
  if (engine.kind === "own") return { programs: [], flags: { engine: engine.url }, env: {} };
  if (engine.kind === "nats") {
    const { ports } = engine;
    return { programs: await natsServers(dir, ports), flags: { engine: engineUrl(ports) }, env: {} };
  }
  const server = await localPostgres(dir, engine.port);
  return {
    programs: [server.program],
    flags: { engine: server.engine, files: `disk:${join(dir, "files")}` },
    env: { CARRYOUT_POSTGRES_PASSWORD: server.password },
  };
}

async function nodes(
  { nodePorts, config, dir, sources }: ClusterOptions,
  shared: Shared,
  operatorToken: string,
): Promise<Program[]> {
  const secret = process.env.CARRYOUT_SECRET ?? (await sharedSecret(join(dir, "secret")));
  const carryout = join(ROOT, sources ? "src/cli/main.ts" : "dist/cli/main.js");
  return nodePorts.map((port, index) => {
    const name = `n${index + 1}`;
    const flags = { name, port: String(port), host: HOST, config, ...shared.flags };
    const words = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]);
    const url = `http://${HOST}:${port}`;
    return {
      name,
      words: [process.execPath, carryout, "node", "--local-cluster", ...words] as const,
      env: {
        ...shared.env,
        CARRYOUT_SECRET: secret,
        CARRYOUT_OPERATOR_TOKEN: operatorToken,
        CARRYOUT_TRUST_PROXY: "true",
      },
      output: "inherit",
      address: url,
      isReady: async () => (await fetch(`${url}/readyz`)).ok,
    };
  });
}

/** Starts the layers one after the other, and stops them in reverse order. */
async function runLayers(layers: readonly KeptProcess[][], shownToken: string): Promise<void> {
  const asked = Promise.withResolvers<void>();
  let askedAt: number | null = null;
  const stop = () => {
    if (askedAt !== null && performance.now() - askedAt > SAME_SIGNAL_MS) {
      for (const kept of layers.flat()) kept.kill();
    }
    askedAt ??= performance.now();
    asked.resolve();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  // The parent that started this process with a channel is gone, so nothing else would stop it.
  process.once("disconnect", stop);
  try {
    for (const layer of layers) {
      for (const kept of layer) kept.start();
      await Promise.race([asked.promise, Promise.all(layer.map(({ ready }) => ready))]);
      if (askedAt !== null) break;
    }
    if (askedAt === null) announce(layers.flat(), shownToken);
    await asked.promise;
  } finally {
    for (const layer of layers.toReversed()) await Promise.all(layer.map((kept) => kept.stop()));
  }
}

function announce(all: readonly KeptProcess[], shownToken: string): void {
  const rows = all.map(({ program, pid }) => [program.name, program.address, `kill -9 ${pid}`]);
  const entry = all.at(-1)?.program.address;
  const lines = table(["NAME", "LISTENS ON", "TO PULL ITS PLUG"], rows);
  console.log(`\n${lines.join("\n")}\n`);
  console.log(`Open ${entry}  (Ctrl-C ends everything)`);
  console.log(`Operators open ${entry}/cluster?token=${shownToken}\n`);
}

try {
  await main(process.argv.slice(2));
  process.exit(0);
} catch (error) {
  console.error(`cluster: ${messageOf(error)}`);
  process.exit(1);
}
