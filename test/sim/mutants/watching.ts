/** @module Planted faults of reading and watching. */

import type { Mutant } from "../mutant.ts";

export const WATCHING: readonly Mutant[] = [
  {
    name: "a watcher takes an older change for news",
    file: "tracker/subscription.ts",
    find: "if (this.#gone.has(id) || (before && !isNewer(found, before))) return;",
    replace: "if (this.#gone.has(id) || (before && !isNewer(found, before) && found.version < 0)) return;",
  },
  {
    name: "a watcher brings back what it told is gone",
    file: "tracker/subscription.ts",
    find: "if (this.#gone.has(id) || (before",
    replace: "if ((before",
  },
  {
    name: "the history is read before the slots",
    file: "tracker/download-reads.ts",
    find: "    const marks = known ?? (await this.#marks(user));\n    const inSlots =",
    replace:
      "    const early = await this.#context.repo.history.list(user, { limit: 1_000 });\n    this.#context.repo.history.list = async () => early;\n    const marks = known ?? (await this.#marks(user));\n    const inSlots =",
  },
  {
    name: "a download that finishes between two reads is listed twice",
    file: "tracker/download-reads.ts",
    find: "running.filter(({ download }) => !ids.has(download.id))",
    replace: "running.filter(({ download }) => !ids.has(download.user))",
  },
  {
    name: "a watcher does not read what it missed while a feed was down",
    file: "tracker/subscription.ts",
    find: "  #readAll(isThorough: boolean): void {\n",
    replace: "  #readAll(isThorough: boolean): void {\n    if (isThorough) return;\n",
  },
  {
    name: "a watch reads before it subscribes",
    file: "tracker/subscribers.ts",
    find: "    this.#watchers.set(owner, watchers.add(watcher));\n",
    replace:
      "    const first = await watcher.begin();\n    watcher.begin = async () => first;\n    this.#watchers.set(owner, watchers.add(watcher));\n",
  },
  {
    name: "a watcher takes any removal for that of what its node has archived",
    file: "tracker/subscribers.ts",
    find: 'if (event.type === "remove" && event.version === freed) return;',
    replace: 'if (event.type === "remove" && freed !== undefined) return;',
  },
  {
    name: "a watch forgets what came before its snapshot",
    file: "tracker/subscription.ts",
    find: "    for (const apply of early) apply();\n",
    replace: "    early.length = 0;\n",
  },
];
