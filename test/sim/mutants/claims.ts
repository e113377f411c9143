/** @module Planted faults of claims and of failure detection. */

import type { Mutant } from "../mutant.ts";

export const CLAIMS: readonly Mutant[] = [
  {
    name: "an unknown holder gets no grace",
    file: "tracker/liveness.ts",
    find: 'this.#unknownHolders.set(node, "waiting");',
    replace: 'this.#unknownHolders.set(node, "presumed dead");',
  },
  {
    name: "an unknown holder is waited for without end",
    file: "tracker/liveness.ts",
    find: '      this.#unknownHolders.set(node, "presumed dead");\n',
    replace: "",
  },
  {
    name: "a claim does not ask whether the holder lives",
    file: "tracker/supervisor.ts",
    find: "return download.node === null || !this.#context.isAlive(download.node);",
    replace: "return true;",
  },
  {
    name: "nobody adopts a claim whose answer was lost",
    file: "tracker/supervisor.ts",
    find: "      this.#adoption.search();\n",
    replace: "",
  },
  {
    name: "a claim does not wait for an index that is behind",
    file: "tracker/supervisor.ts",
    find: "if (entry.isBehind) continue;",
    replace: "",
  },
  {
    name: "a claim takes whatever is in the slot by now",
    file: "tracker/supervisor.ts",
    find: "if (isFinished(download) || download.id !== entry.id) return false;",
    replace: "if (isFinished(download)) return false;",
  },
  {
    name: "a backoff goes by the time of day",
    file: "tracker/supervisor.ts",
    find: "const backoffMs = entry.since.ranMs + entry.backoffMs - ranMs;",
    replace:
      "const backoffMs = ranMs < 0 ? 0 : entry.since.at + entry.backoffMs - this.#context.clock.now();",
  },
  {
    name: "a retry is not woken for",
    file: "tracker/supervisor.ts",
    find: "        this.#lookAgain(Math.ceil(waitMs));\n",
    replace: "",
  },
  {
    name: "running time goes by the time of day",
    file: "tracker/running-time.ts",
    find: "const now = this.#clock.monotonic();",
    replace: "const now = this.#clock.now();",
  },
  {
    name: "the last resort goes by the time of day",
    file: "tracker/overdue-downloads.ts",
    find: "running.read() - entry.since.ranMs <= OVERDUE_FACTOR * timeoutMs",
    replace: "clock.now() - entry.since.at <= OVERDUE_FACTOR * timeoutMs || running.read() < 0",
  },
  {
    name: "what no node makes is waited for without end",
    file: "tracker/overdue-downloads.ts",
    find: "seenMs >= settings.sweepMs / 2 && clock.now()",
    replace: "seenMs < 0 && clock.now()",
  },
  {
    name: "the index keeps what went while the feed was down",
    file: "tracker/unfinished-index.ts",
    find: "      if (entry) this.#drop(entry);\n",
    replace: "",
  },
  {
    name: "a node does not ask for its downloads after its feed was down",
    file: "tracker/feed.ts",
    find: '    if (event.type === "synced") this.#confirmUnseen();\n',
    replace: "",
  },
  {
    name: "a drain waits for the others to know of it",
    file: "tracker/node.ts",
    find: 'await this.#tell("draining", this.#options.engine.membership.update({ draining: true }));',
    replace: "await this.#options.engine.membership.update({ draining: true });",
  },
  {
    name: "a draining node keeps what a lost claim made its own",
    file: "tracker/adoption.ts",
    find: "      if (isMine) await repo.slots.update(release(stored.download, clock.now()), stored.version);\n",
    replace: "",
  },
];
