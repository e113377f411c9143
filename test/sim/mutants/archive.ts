/** @module Planted faults of requests, archiving, removals and sweeps. */

import type { Mutant } from "../mutant.ts";

export const ARCHIVE: readonly Mutant[] = [
  {
    name: "there is no grace after the expiry of a file",
    file: "tracker/sweeper.ts",
    find: "return this.#context.isFull() ? 0 : this.#context.settings.graceMs;",
    replace: "return 0;",
  },
  {
    name: "a late removal stops whoever has the slot now",
    file: "tracker/requests.ts",
    find: "if (worker?.id === id) worker.lose(true);",
    replace: "worker?.lose(true);",
  },
  {
    name: "the sweep takes what is stored for an unreadable record for nobody's",
    file: "tracker/orphans.ts",
    find: '      if (event.type === "remove" && event.unreadable?.id) slots.add(event.unreadable.id);\n',
    replace: "",
  },
  {
    name: "the sweep ignores the epoch of a part",
    file: "tracker/orphans.ts",
    find: "return unnamed(keys, keysOf(checkpoint?.parts)).filter((key) => epochOf(key) < epoch);",
    replace: "return unnamed(keys, keysOf(checkpoint?.parts)).filter((key) => epochOf(key) <= epoch);",
  },
  {
    name: "the sweep removes parts that a record names",
    file: "tracker/orphans.ts",
    find: "  return keys.filter((key) => !named.has(key));",
    replace: "  return keys.filter(() => named.size >= 0);",
  },
  {
    name: "the sweep leaves parts that no record names",
    file: "tracker/orphans.ts",
    find: "if (!isOwned) removed += await this.#removeParts(parts.get(id) ?? []);",
    replace: "if (!isOwned) removed += 0;",
  },
  {
    name: "a removal leaves the bytes",
    file: "tracker/removal.ts",
    find: "    if (inSlot !== null) await repo.slots.remove(inSlot.key, inSlot.version);\n    await removeBytes(context, id);\n",
    replace: "    if (inSlot !== null) await repo.slots.remove(inSlot.key, inSlot.version);\n",
  },
  {
    name: "a slot is freed before the history has what was in it",
    file: "tracker/archiver.ts",
    find: "    const isKept = await history.put(download);\n    if (!isWorkless) await work.remove(downloadKey(download.user, download.id));\n    const freed = await slots.remove(key, version);",
    replace:
      "    const freed = await slots.remove(key, version);\n    const isKept = await history.put(download);\n    if (!isWorkless) await work.remove(downloadKey(download.user, download.id));",
  },
  {
    name: "nobody completes what its holder left half archived",
    file: "tracker/archiver.ts",
    find: "    if (id !== null) this.#later(event.key, id);\n",
    replace: "",
  },
  {
    name: "a removal frees the slot first, and the history later",
    file: "tracker/removal.ts",
    find: "    await withRoom(context, id, () => repo.history.remove(key));\n    if (inSlot !== null) await repo.slots.remove(inSlot.key, inSlot.version);\n",
    replace: "    if (inSlot !== null) await repo.slots.remove(inSlot.key, inSlot.version);\n",
  },
  {
    name: "asking again takes the file that was there",
    file: "tracker/requests.ts",
    find: "      await archiver.archive(present);\n",
    replace: "      await repo.slots.remove(present.key, present.version);\n      void archiver;\n",
  },
  {
    name: "the oldest give way one too early",
    file: "tracker/archiver.ts",
    find: "for (const { key, version, download } of shown.slice(settings.keepPerUser)) {",
    replace: "for (const { key, version, download } of shown.slice(settings.keepPerUser - 1)) {",
  },
  {
    name: "a repeat does not look into the history",
    file: "tracker/requests.ts",
    find: "    if (asked.requestKey === null && freshForMs === null) return null;",
    replace: "    if (asked.requestKey !== null || freshForMs === null) return null;",
  },
  {
    name: "a repeat that comes second does not look for the first",
    file: "tracker/requests.ts",
    find: "    if (made.requestKey === null) return null;\n",
    replace: '    if (made.requestKey !== "") return null;\n',
  },
  {
    name: "a node sweeps the work of downloads that it has not seen yet",
    file: "tracker/orphans.ts",
    find: "const orphans = keys.filter((key) => !slots.has(idOf(key)));",
    replace: 'const orphans = keys.filter((key) => slots.size >= 0 && idOf(key) !== "");',
  },
  {
    name: "those that give way are gone at once",
    file: "tracker/archiver.ts",
    find: "      await repo.history.update(outdated(download, now), version);\n",
    replace: "      if (outdated(download, now).id !== String(version)) await repo.history.remove(key);\n",
  },
];
