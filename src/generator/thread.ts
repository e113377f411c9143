/** @module Entry of a worker thread: loads the generators once, then runs one after the other. */

import { setImmediate as nextTurn } from "node:timers/promises";
import { type MessagePort, workerData } from "node:worker_threads";
import { systemClock } from "../clock/system.ts";
import { CarryoutError, messageOf } from "../errors.ts";
import type { Host, Outcome } from "./executor.ts";
import { failureMessage } from "./failure-message.ts";
import { loadFileHash } from "./file-hash.ts";
import { generate } from "./generation.ts";
import { defineGenerator } from "./generator.ts";
import { loadRegistry, type Registry, requireGenerator } from "./registry.ts";
import type { FromThread, ThreadData, ThreadTask, ToThread } from "./thread-protocol.ts";

type RunTask = Extract<ThreadTask, { type: "run" }>;

/** The pool waits for it, so a thread that counts as idle is warm. */
export default prepare();

async function prepare(): Promise<(task: ThreadTask) => Promise<string | null>> {
  await loadFileHash();
  const loaded = await loadRegistry((workerData as ThreadData).moduleUrl).catch((error) => messageOf(error));
  await rehearse();
  return async (task) => {
    if (task.type === "run") await run(task, loaded);
    return typeof loaded === "string" ? loaded : null;
  };
}

/** Makes a file for nobody, so that the first real run finds its code compiled. */
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
  const job = { downloadId: "rehearsal", kind: "rehearsal", params: null, resume: null };
  await generate(generator, job, host, systemClock).done;
}

/** Returns when the thread may run another; else it waits to be ended. */
async function run({ job, port }: RunTask, loaded: Registry | string): Promise<void> {
  const send = (message: FromThread) => port.postMessage(message);
  if (typeof loaded === "string") {
    send({ type: "end", failure: failureMessage(new CarryoutError("invalid-config", loaded)) });
    return unfit(send);
  }
  const { host, answer } = hostOver(port);
  const running = generate(requireGenerator(loaded, job.kind), job, host, systemClock);
  port.on("message", (message: ToThread) => {
    if (message.type === "abort") running.abort();
    else if (message.type === "hurry") running.hurry();
    else answer(message);
  });
  await running.done.then(
    (outcome: Outcome) => send({ type: "end", outcome }),
    (error) => send({ type: "end", failure: failureMessage(error) }),
  );
  await running.returned;
  await nextTurn();
  if (leftTimers()) return unfit(send);
  port.close();
}

function unfit(send: (message: FromThread) => void): Promise<never> {
  send({ type: "unfit" });
  return new Promise(() => {});
}

/** A timer that outlives its run could throw into the next one. Idle connections of a module may stay. */
function leftTimers(): boolean {
  return process.getActiveResourcesInfo().some((type) => type === "Timeout" || type === "Immediate");
}

/** The host on the other side of the port. Parts are moved, not copied. */
function hostOver(port: MessagePort): { host: Host; answer: (message: ToThread) => void } {
  type Call = { resolve: () => void; reject: (error: Error) => void };
  const calls = new Map<number, Call>();
  let last = 0;

  function call(message: (call: number) => FromThread, moved: ArrayBuffer[] = []): Promise<void> {
    last += 1;
    const number = last;
    return new Promise((resolve, reject) => {
      calls.set(number, { resolve, reject });
      port.postMessage(message(number), moved);
    });
  }

  return {
    host: {
      part: (bytes, sha256) =>
        call((number) => ({ type: "part", call: number, bytes, sha256 }), [bytes.buffer as ArrayBuffer]),
      checkpoint: (state, size, hash) =>
        call((number) => ({ type: "checkpoint", call: number, state, size, hash })),
      progress: (done, total, message) =>
        port.postMessage({ type: "progress", done, total, message } satisfies FromThread),
      alive: () => port.postMessage({ type: "alive" } satisfies FromThread),
      stateTooLarge: (sizeBytes) =>
        port.postMessage({ type: "state-too-large", sizeBytes } satisfies FromThread),
      allSaved: () => port.postMessage({ type: "all-saved" } satisfies FromThread),
    },
    answer(message) {
      if (message.type !== "stored" && message.type !== "refused") return;
      const waiting = calls.get(message.call);
      calls.delete(message.call);
      if (message.type === "stored") waiting?.resolve();
      else waiting?.reject(new Error(message.message));
    },
  };
}
