/** @module The PostgreSQL server of the local cluster: its data, how it is started, and whether it answers. */

import { execFileSync } from "node:child_process";
import { existsSync, openSync } from "node:fs";
import { chmod, chown, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Client } from "pg";
import { sharedSecret } from "../../src/engines/sqlite/shared-secret.ts";
import { messageOf } from "../../src/errors.ts";
import { findProgram } from "../system-programs.mjs";
import { embeddedPostgres } from "./embedded-postgres.ts";
import type { Account, Program } from "./kept-process.ts";

export interface LocalPostgres {
  program: Program;
  /** Without the password, which every local user could see in the list of processes. */
  engine: string;
  password: string;
}

const ROLE = "carryout";
const ANSWER_MS = 1_000;

/** Makes the database in `dir` if there is none. */
export async function localPostgres(dir: string, port: number): Promise<LocalPostgres> {
  const server = findProgram("postgres") ?? embeddedPostgres();
  if (server === null) throw new Error("PostgreSQL is missing: sudo apt-get install postgresql");
  const account = await accountIn(dir);
  const password = await sharedSecret(join(dir, "postgres-password"));
  const folder = join(dir, "postgres");
  const data = join(folder, "data");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (account !== null) await chown(folder, account.uid, account.gid);
  if (!existsSync(data))
    await createDatabase(join(dirname(server), "initdb"), { folder, data, password, account });
  const settings = { listen_addresses: "127.0.0.1", unix_socket_directories: "" };
  const words = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return {
    program: {
      name: "postgres",
      words: [server, "-D", data, "-p", String(port), ...words],
      output: openSync(join(dir, "postgres.log"), "w"),
      address: `postgres://127.0.0.1:${port}`,
      isReady: () => answers(port, password),
      // SIGTERM would wait until every client has left.
      stopSignal: "SIGINT",
      ...(account !== null && { account }),
    },
    engine: `postgres://${ROLE}@127.0.0.1:${port}/postgres`,
    password,
  };
}

/** PostgreSQL refuses to run as root: then it runs as Debian's account for it. Null for any other user. */
export function postgresAccount(): Account | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

/** As `postgresAccount`; it has to reach the folder. */
async function accountIn(dir: string): Promise<Account | null> {
  const account = postgresAccount();
  if (account === null) return null;
  await chmod(dir, 0o711);
  try {
    execFileSync("test", ["-x", dir], { stdio: "ignore", cwd: "/", ...account });
  } catch (cause) {
    const problem = `PostgreSQL does not run as root, and its user postgres can't reach ${dir}`;
    throw new Error(`${problem}: choose another folder with --dir, such as /var/tmp/carryout`, { cause });
  }
  return account;
}

interface Creation {
  folder: string;
  data: string;
  password: string;
  account: Account | null;
}

async function createDatabase(initdb: string, { folder, data, password, account }: Creation): Promise<void> {
  const passwordFile = join(folder, "password");
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account !== null) await chown(passwordFile, account.uid, account.gid);
  const login = ["-U", ROLE, "--auth=scram-sha-256", `--pwfile=${passwordFile}`];
  try {
    execFileSync(initdb, ["-D", data, ...login, "-E", "UTF8", "--locale=C"], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
      ...account,
    });
  } catch (cause) {
    await rm(data, { recursive: true, force: true });
    throw new Error(`the database can't be created: ${messageOf(cause)}`, { cause });
  } finally {
    await rm(passwordFile);
  }
}

async function answers(port: number, password: string): Promise<boolean> {
  const login = { host: "127.0.0.1", port, user: ROLE, database: "postgres", password };
  const client = new Client({ ...login, connectionTimeoutMillis: ANSWER_MS });
  client.on("error", () => {}); // a refused connection is also reported by an event
  try {
    await client.connect();
    return true;
  } finally {
    await client.end();
  }
}
