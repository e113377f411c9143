/** @module Deliberate faults of the product: a simulation that does not find them proves nothing. */

export interface Mutant {
  /** What is wrong, as a sentence. */
  name: string;
  /** Below `src/`. */
  file: string;
  /** Stands there exactly once. */
  find: string;
  replace: string;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: "a claim does not raise the epoch",
    file: "download/transitions.ts",
    find: "return { ...download, epoch: download.epoch + 1,",
    replace: "return { ...download, epoch: Math.max(1, download.epoch),",
  },
  {
    name: "a takeover is not counted",
    file: "download/transitions.ts",
    find: "(download.node === null ? 0 : 1)",
    replace: "0",
  },
  {
    name: "a different request joins",
    file: "download/transitions.ts",
    find: 'return isEqual ? "join" : "refuse";',
    replace: 'return "join";',
  },
  {
    name: "a request replaces a running download",
    file: "download/transitions.ts",
    find: 'if (isFinished(present)) return "replace";',
    replace: 'if (isFinished(present) || present.state === "pending") return "replace";',
  },
  {
    name: "a repeat of a request replaces what it made",
    file: "download/transitions.ts",
    find: "if (wanted.requestKey !== null &&",
    replace: "if (wanted.requestKey === null &&",
  },
  {
    name: "done is not clamped",
    file: "download/progress.ts",
    find: "done: Math.max(before.done, finite(tick.done)),",
    replace: "done: finite(tick.done),",
  },
  {
    name: "the fraction has no high-water mark",
    file: "download/progress.ts",
    find: "return Math.max(a, b);",
    replace: "return b;",
  },
  {
    name: "the bar is full before the file is published",
    file: "download/progress.ts",
    find: "export const GENERATING_SHARE = 0.99;",
    replace: "export const GENERATING_SHARE = 1;",
  },
  {
    name: "a file is published before its last parts are durable",
    file: "generator/output.ts",
    find: "await this.#until(() => this.#underWay === 0);\n      this.#throttle.flush();\n      return {",
    replace: "this.#throttle.flush();\n      return {",
  },
  {
    name: "a checkpoint is saved before its parts are durable",
    file: "generator/output.ts",
    find: "await this.#until(() => this.#underWay === 0);\n      this.#throttle.flush();\n      this.#pace",
    replace: "this.#throttle.flush();\n      this.#pace",
  },
  {
    name: "a resumed run forgets the saved hash",
    file: "generator/output.ts",
    find: "new FileHash(options.resume?.hash ?? null)",
    replace: "new FileHash(null)",
  },
  {
    name: "a resumed run forgets the bytes that are kept",
    file: "generator/output.ts",
    find: "this.#size = options.resume?.size ?? 0;",
    replace: "this.#size = 0;",
  },
  {
    name: "an interruption counts as a failure",
    file: "tracker/worker.ts",
    find: "if (this.#stop || !(error instanceof InterruptedError)) throw error;",
    replace: "if (this.#stop || !(error instanceof InterruptedError) || error.groupSize > 0) throw error;",
  },
  {
    name: "a worker that lost its claim goes on",
    file: "tracker/worker.ts",
    find: "    this.#stopping.abort();\n    this.#run?.abort();\n  }",
    replace: "  }",
  },
  {
    name: "a later version's record is written over",
    file: "ports/stored-text.ts",
    find: "return decodeDownload(key, text).unreadable?.isNewer === false;",
    replace: "return decodeDownload(key, text).unreadable !== null;",
  },
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
    find: "      this.#adopt();\n",
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
    find: "        this.#lookAgain(Math.ceil(backoffMs));\n",
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
    name: "progress is written after the end of an attempt",
    file: "tracker/worker.ts",
    find: "this.#progressWriter.close(); // how it ended is the last thing to be written",
    replace: "",
  },
  {
    name: "an update does not compare the version",
    file: "engines/memory/memory-slots.ts",
    find: "return slots.get(key)?.version === version ? slots.put(key, encodeDownload(download)) : null;",
    replace: "return slots.get(key) ? slots.put(key, encodeDownload(download)) : null;",
  },
  {
    name: "an insert does not look whether the slot is free",
    file: "engines/memory/memory-slots.ts",
    find: "return isFree ? slots.put(key, encodeDownload(download)) : null;",
    replace: "return isFree || present ? slots.put(key, encodeDownload(download)) : null;",
  },
  {
    name: "a resumed worker forgets the parts that are kept",
    file: "tracker/worker.ts",
    find: "    this.#parts.push(...(this.#held.checkpoint?.parts ?? []));\n",
    replace: "",
  },
  {
    name: "an interrupted attempt keeps the parts after its checkpoint",
    file: "tracker/worker.ts",
    find: "    this.#parts.splice(0, this.#parts.length, ...(this.#held.checkpoint?.parts ?? []));\n",
    replace: "",
  },
  {
    name: "a holder that was refused does not read back",
    file: "tracker/held-slot.ts",
    find: "    await this.#readBack(true);",
    replace: "    this.lose(false);",
  },
  {
    name: "a holder takes over whatever it reads back",
    file: "tracker/held-slot.ts",
    find: "const isSame = stored !== null && isSameGrip(stored, mine);",
    replace: "const isSame = stored !== null;",
  },
  {
    name: "a record that can't be read ends the feed",
    file: "ports/stored-text.ts",
    find: '  const { value, unreadable } = decodeDownload(key, text);\n  return value === null\n    ? { type: "remove", key, version, unreadable }\n    : { type: "put", key, version, download: value };',
    replace: '  return { type: "put", key, version, download: JSON.parse(text) };',
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
    name: "a draining node keeps what a lost claim made its own",
    file: "tracker/supervisor.ts",
    find: "      if (isMine) await repo.slots.update(release(stored.download), stored.version);\n",
    replace: "",
  },
  {
    name: "a holder begins before it has taken the work over",
    file: "tracker/worker.ts",
    find: "      if (!this.#isFirst) await this.#takeOver();\n",
    replace: "",
  },
  {
    name: "a mark is taken over without raising its epoch",
    file: "download/work.ts",
    find: "  return { epoch, attempt: failures, ranMs, progress };",
    replace: "  return { epoch: Math.min(epoch, 1), attempt: failures, ranMs, progress };",
  },
  {
    name: "an older holder's checkpoint is not fenced off",
    file: "tracker/held-work.ts",
    find: "saved?.value.epoch === epoch ? saved.version : work.save(this.#key, nextSaved, saved?.version ?? null),",
    replace:
      "saved?.value.epoch === epoch || saved ? (saved?.version ?? 0) : work.save(this.#key, nextSaved, null),",
  },
  {
    name: "the last attempt goes on from a checkpoint of those before it",
    file: "download/work.ts",
    find: "const counts = saved !== null && saved.madeIn >= download.freshSince;",
    replace: "const counts = saved !== null && saved.madeIn >= 0;",
  },
  {
    name: "a holder forgets how far the bar was",
    file: "download/work.ts",
    find: "    progress: progressWith(download, mark),\n    checkpoint",
    replace: "    progress: download.progress,\n    checkpoint",
  },
  {
    name: "a tick whose answer was lost does not count at the finish",
    file: "tracker/held-part.ts",
    find: "        this.#value = next;\n        this.isStored = true;\n        const version = await this.#port.write(next, this.#version);",
    replace:
      "        this.isStored = true;\n        const version = await this.#port.write(next, this.#version);\n        if (version !== null) this.#value = next;",
  },
  {
    name: "a slot is freed before the history has what was in it",
    file: "tracker/archiver.ts",
    find: "    const isKept = await history.put(download);\n    if (!isWorkless) await work.remove(downloadKey(download.user, download.id));\n    await slots.remove(key, version);",
    replace:
      "    await slots.remove(key, version);\n    const isKept = await history.put(download);\n    if (!isWorkless) await work.remove(downloadKey(download.user, download.id));",
  },
  {
    name: "nobody completes what its holder left half archived",
    file: "tracker/archiver.ts",
    find: "    if (id !== null) this.#later(event.key, id);\n",
    replace: "",
  },
  {
    name: "a removal of what is being archived lets it come back",
    file: "engines/memory/memory-history.ts",
    find: "      if (index.wasRemoved(key)) return false;\n",
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
    find: "    if (wanted.requestKey === null) return null;\n",
    replace: '    if (wanted.requestKey !== "") return null;\n',
  },
  {
    name: "a node sweeps the work of downloads that it has not seen yet",
    file: "tracker/orphans.ts",
    find: "const orphans = keys.filter((key) => !slots.has(idOf(key)));",
    replace: 'const orphans = keys.filter((key) => slots.size >= 0 && idOf(key) !== "");',
  },
  {
    name: "the history is read before the slots",
    file: "tracker/download-reads.ts",
    find: "    const marks = await this.#marks(user);\n    const inSlots =",
    replace:
      "    const early = await this.#context.repo.history.list(user, { limit: 1_000 });\n    this.#context.repo.history.list = async () => early;\n    const marks = await this.#marks(user);\n    const inSlots =",
  },
  {
    name: "a claim voids the checkpoint",
    file: "download/transitions.ts",
    find: '    state: "processing",\n    node,',
    replace: '    state: "processing",\n    freshSince: free.epoch,\n    node,',
  },
  {
    name: "a release voids the checkpoint",
    file: "download/transitions.ts",
    find: 'return { ...download, state: "pending", node: null };',
    replace: 'return { ...download, state: "pending", node: null, freshSince: download.epoch + 1 };',
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
    name: "marks are read after the slots",
    file: "tracker/download-reads.ts",
    find: "    const marks = await this.#marks(user);\n    const inSlots = (await this.#context.repo.slots.list(user)).map((stored) => shown(stored, marks));",
    replace:
      "    const stored = await this.#context.repo.slots.list(user);\n    const marks = await this.#marks(user);\n    const inSlots = stored.map((one) => shown(one, marks));",
  },
  {
    name: "a watch forgets what came before its snapshot",
    file: "tracker/subscription.ts",
    find: "    for (const apply of early) apply();\n",
    replace: "    early.length = 0;\n",
  },
  {
    name: "a holder that does not know that it finished removes the file",
    file: "tracker/worker.ts",
    find: "if ((await repo.history.fetch(downloadKey(user, id))) === null) await",
    replace: "if (repo.history !== null && user !== downloadKey(id, user)) await",
  },
  {
    name: "those that give way are gone at once",
    file: "tracker/archiver.ts",
    find: "      await repo.history.update(outdated(download, now), version);\n",
    replace: "      if (outdated(download, now).id !== String(version)) await repo.history.remove(key);\n",
  },
];
