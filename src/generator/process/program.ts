/** @module The program of a generator process: loads the generators once, then runs what the node asks for. */

import { AsyncLocalStorage } from "node:async_hooks";
import { Socket } from "node:net";
import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";
import { systemClock } from "../../clock/system.ts";
import { messageOf } from "../../errors.ts";
import type { Host, Job, Outcome } from "../executor.ts";
import { failureMessage } from "../failure-message.ts";
import { loadFileHash } from "../file-hash.ts";
import { generate, generationFailed, type Running } from "../generation.ts";
import { defineGenerator } from "../generator.ts";
import { ModuleSources } from "../module-sources.ts";
import { loadRegistry, type Registry, requireGenerator } from "../registry.ts";
import { Channel } from "./channel.ts";
import { Leftovers } from "./leftovers.ts";
import { CHANNEL_FD, type FromProcess, type ToProcess } from "./protocol.ts";

/** How long a run's leftovers may take to disappear by themselves, in milliseconds. */
const TIDYING_MS = 20;

interface Active {
  running: Running;
  answer(call: number, refusal: Error | null): void;
}

/** The run whose code is executing, even in its callbacks: identifies the run that left an error uncaught. */
const current = new AsyncLocalStorage<number>();
const active = new Map<number, Active>();
const socket = new Socket({ fd: CHANNEL_FD, readable: true, writable: true });
const channel = new Channel<FromProcess, ToProcess>(socket, receive);
let registry: Registry;
let leftovers: Leftovers;

// The node is gone, so ends this process and everything that the generators started.
socket.once("close", endAll);
// Ctrl-C and service managers signal every process: the node hands its work over, and then ends this one.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
process.on("uncaughtException", stray);
process.on("unhandledRejection", stray);
process.on("exit", (exitCode) => {
  channel.send({ type: "exiting", run: current.getStore() ?? null, exitCode });
});

await prepare(process.argv[2] ?? "");

async function prepare(moduleUrl: string): Promise<void> {
  let source: string;
  try {
    await loadFileHash();
    const sources = new ModuleSources(moduleUrl);
    registry = await loadRegistry(moduleUrl, () => {}); // the node watches how long it takes
    source = sources.end();
    await rehearse();
  } catch (error) {
    channel.send({ type: "unloadable", message: messageOf(error) });
    return;
  }
  leftovers = new Leftovers();
  channel.send({ type: "ready", source });
}

/** Runs a dummy generation, so that the first real run finds its code compiled. */
async function rehearse(): Promise<void> {
  const generator = defineGenerator({
    kind: "rehearsal",
    file: { name: "rehearsal", type: "text/plain" },
    checkpointMs: 0,
    async run({ write, progress, checkpoint }) {
      await write("rehearsal");
      progress(1, 1);
      await checkpoint(null);
    },
  });
  const host: Host = {
    async part() {},
    async checkpoint() {},
    progress() {},
    alive() {},
    stateTooLarge() {},
    allSaved() {},
  };
  const job = { downloadId: "rehearsal", kind: "rehearsal", params: null, requestedAt: 0, resume: null };
  await generate(generator, job, host, systemClock).done;
}

function receive(message: ToProcess): void {
  if (message.type === "ping") channel.send({ type: "pong", rssBytes: process.memoryUsage.rss() });
  // Whatever a message triggers is the run's code: its generator, listeners of its signal.
  else current.run(message.run, () => tell(message));
}

function tell(message: Exclude<ToProcess, { type: "ping" }>): void {
  if (message.type === "run") void run(message.run, message.job);
  const it = active.get(message.run);
  if (it === undefined) return;
  if (message.type === "hurry") it.running.hurry();
  else if (message.type === "abort") it.running.abort();
  else if (message.type === "abandon") it.running.abandon();
  else if (message.type === "stored") it.answer(message.call, null);
  else if (message.type === "refused") it.answer(message.call, new Error(message.message));
}

async function run(run: number, job: Job): Promise<void> {
  const { host, answer } = hostOf(run);
  const running = generate(requireGenerator(registry, job.kind), job, host, systemClock);
  active.set(run, { running, answer });
  await running.done.then(
    (outcome: Outcome) => channel.send({ type: "end", run, outcome }),
    (error) => channel.send({ type: "end", run, failure: failureMessage(error) }),
  );
  await running.returned;
  active.delete(run);
  channel.send({ type: "returned", run, leftover: await leftover() });
}

async function leftover(): Promise<string | null> {
  await nextTurn();
  if (active.size > 0 || leftovers.found() === null) return null;
  await wait(TIDYING_MS);
  return active.size > 0 ? null : leftovers.found();
}

/** The host on the other side of the channel. */
function hostOf(run: number): { host: Host; answer: Active["answer"] } {
  const calls = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  let last = 0;

  function ask(message: (call: number) => FromProcess, bytes?: Uint8Array): Promise<void> {
    last += 1;
    const call = last;
    return new Promise((resolve, reject) => {
      calls.set(call, { resolve, reject });
      channel.send(message(call), bytes);
    });
  }

  return {
    host: {
      part: (bytes, sha256) => ask((call) => ({ type: "part", run, call, sha256 }), bytes),
      checkpoint: (state, size, hash) =>
        ask((call) => ({ type: "checkpoint", run, call, state, size, hash })),
      progress: (done, total, message) => channel.send({ type: "progress", run, done, total, message }),
      alive: () => channel.send({ type: "alive", run }),
      stateTooLarge: (sizeBytes) => channel.send({ type: "state-too-large", run, sizeBytes }),
      allSaved: () => channel.send({ type: "all-saved", run }),
    },
    answer(call, refusal) {
      const waiting = calls.get(call);
      calls.delete(call);
      if (refusal === null) waiting?.resolve();
      else waiting?.reject(refusal);
    },
  };
}

/** Handles an uncaught error: fails the run that left it uncaught, if it has not ended, and no other. */
function stray(error: unknown): void {
  const run = current.getStore();
  const it = run === undefined ? undefined : active.get(run);
  if (it === undefined) channel.send({ type: "stray", run: run ?? null, failure: failureMessage(error) });
  else it.running.abandon(generationFailed(error));
}

/** Kills this process and everything it started, if those form a process group. */
function endAll(): void {
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    process.kill(process.pid, "SIGKILL");
  }
}
