/**
 * @module What one abuser with fifty connections costs fifty normal users of the same node. `--carryout DIR` measures
 * another built checkout.
 */

import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Figure, latencies } from "./support/table.ts";

const USERS = 50;
/** Pause between two requests from one user. */
const PAUSE_MS = 100;
const GENERATORS = fileURLToPath(new URL("./support/abuse-generators.ts", import.meta.url));
const ABUSER = fileURLToPath(new URL("./support/abuser.ts", import.meta.url));

export async function abuse(seconds: number, carryout = "."): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), "carryout-bench-"));
  const node = startNode(resolve(carryout), folder);
  try {
    const url = await urlOf(node);
    const users = await Promise.all(Array.from({ length: USERS }, () => User.first(url)));
    await usedFor(1, users); // warms up: the first requests trigger compilation
    const alone = await usedFor(seconds, users);
    const abuser = fork(ABUSER, [url]);
    await once(abuser, "message"); // its files are ready
    const beside = await usedFor(seconds, users);
    const [answers] = await Promise.all([once(abuser, "message"), abuser.send("stop")]);
    return [
      { what: `${USERS} users alone`, measured: latencies(alone) },
      { what: `${USERS} users beside an abuser with 50 connections`, measured: latencies(beside) },
      { what: "answers that the abuser got", measured: JSON.stringify(answers[0]) },
    ];
  } finally {
    const ended = node.exitCode === null && node.signalCode === null ? once(node, "exit") : null;
    node.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
}

function startNode(carryout: string, folder: string): ChildProcess {
  const words = ["node", "--name", "bench", "--port", "0", "--engine", `sqlite:${join(folder, "data")}`];
  const options = ["--generators", GENERATORS, "--log-level", "silent"];
  return spawn(process.execPath, [join(carryout, "dist/cli/main.js"), ...words, ...options], {
    cwd: folder,
    env: { ...process.env, BENCH_CARRYOUT: carryout },
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function urlOf(node: ChildProcess): Promise<string> {
  let said = "";
  for await (const chunk of node.stdout ?? []) {
    said += chunk;
    const url = /http:\/\/\S+/.exec(said)?.[0];
    if (url) return url;
  }
  throw new Error(`the node ended without saying where it listens: ${said}`);
}

/** Duration of every request that these users make in this time, in milliseconds. */
async function usedFor(seconds: number, users: readonly User[]): Promise<number[]> {
  const end = performance.now() + seconds * 1_000;
  const took: number[] = [];
  await Promise.all(
    users.map(async (user) => {
      await pause(Math.random() * PAUSE_MS);
      while (performance.now() < end) {
        took.push(await user.request());
        await pause(PAUSE_MS);
      }
    }),
  );
  return took;
}

/** Requests a small file, its status and the list in turn. */
class User {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #url: string;
  #cookie = "";
  #path = "/downloads";
  #asked = 0;

  constructor(url: string) {
    this.#url = url;
  }

  static async first(url: string): Promise<User> {
    const user = new User(url);
    await user.#call("GET", "/downloads");
    return user;
  }

  async request(): Promise<number> {
    const began = performance.now();
    const turn = this.#asked++ % 3;
    if (turn === 0) await this.#call("POST", "/downloads", JSON.stringify({ kind: "small" }));
    else await this.#call("GET", turn === 1 ? this.#path : "/downloads");
    return performance.now() - began;
  }

  #call(method: string, path: string, body?: string): Promise<void> {
    const type = body === undefined ? {} : { "content-type": "application/json" };
    const headers = { ...type, ...(this.#cookie && { cookie: this.#cookie }) };
    return new Promise((done, failed) => {
      const asked = request(`${this.#url}${path}`, { method, headers, agent: this.#agent }, (response) => {
        this.#cookie ||= response.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
        this.#path = response.headers.location ?? this.#path;
        if ((response.statusCode ?? 500) >= 400 && response.statusCode !== 404) {
          failed(new Error(`${method} ${path}: ${response.statusCode}`));
        }
        response.resume().on("end", done).on("error", failed);
      });
      asked.on("error", failed);
      asked.end(body);
    });
  }
}
