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
    name: "an update does not compare the version",
    file: "engines/memory/memory-repo.ts",
    find: "return this.#store.get(key)?.version === version ? this.#store.put(key, download) : null;",
    replace: "return this.#store.get(key) ? this.#store.put(key, download) : null;",
  },
  {
    name: "an insert does not look whether the slot is free",
    file: "engines/memory/memory-repo.ts",
    find: "return isFree ? this.#store.put(key, download) : null;",
    replace: "return isFree || present ? this.#store.put(key, download) : null;",
  },
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
    name: "a claim drops the checkpoint",
    file: "download/transitions.ts",
    find: '    state: "processing",\n    node,',
    replace: '    state: "processing",\n    checkpoint: null,\n    node,',
  },
  {
    name: "a release drops the checkpoint",
    file: "download/transitions.ts",
    find: 'return { ...download, state: "pending", node: null };',
    replace: 'return { ...download, state: "pending", node: null, checkpoint: null };',
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
    name: "a resumed worker forgets the parts that are kept",
    file: "tracker/worker.ts",
    find: "this.#parts = [...(checkpoint?.parts ?? [])];",
    replace: "this.#parts = [];",
  },
  {
    name: "an interruption counts as a failure",
    file: "tracker/worker.ts",
    find: "if (this.#stop || !(error instanceof InterruptedError)) throw error;",
    replace: "if (this.#stop || !(error instanceof InterruptedError) || error.groupSize > 0) throw error;",
  },
  {
    name: "an interrupted attempt keeps the parts after its checkpoint",
    file: "tracker/worker.ts",
    find: "    this.#parts.splice(0, this.#parts.length, ...(this.#record.download.checkpoint?.parts ?? []));\n",
    replace: "",
  },
  {
    name: "a request takes the bytes from readers of the file that it replaces",
    file: "tracker/requests.ts",
    find: "if (before && !isKept) await this.#removeFiles(before.download.id);",
    replace: "if (before) await this.#removeFiles(before.download.id);",
  },
  {
    name: "a worker that lost its claim goes on",
    file: "tracker/worker.ts",
    find: "    this.#stopping.abort();\n    this.#run?.abort();\n  }",
    replace: "  }",
  },
  {
    name: "a holder that was refused does not read back",
    file: "tracker/fenced-record.ts",
    find: "    await this.#readBack(true);",
    replace: "    this.lose(false);",
  },
  {
    name: "a holder takes over whatever it reads back",
    file: "tracker/fenced-record.ts",
    find: "const isSame = stored !== null && isSameGrip(stored, mine);",
    replace: "const isSame = stored !== null;",
  },
  {
    name: "a record that can't be read ends the feed",
    file: "ports/stored-text.ts",
    find: "  const { download, unreadable } = decodeDownload(key, text);\n  return download === null",
    replace:
      "  const { download, unreadable } = { download: JSON.parse(text), unreadable: null as never };\n" +
      "  return download === null",
  },
  {
    name: "a later version's record is written over",
    file: "ports/stored-text.ts",
    find: "return decodeDownload(key, text).unreadable?.isNewer === false;",
    replace: "return decodeDownload(key, text).unreadable !== null;",
  },
  {
    name: "the sweep takes what is stored for an unreadable record for nobody's",
    file: "tracker/sweeper.ts",
    find: "if (event.unreadable?.id) parts.delete(event.unreadable.id);",
    replace: "",
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
    name: "the sweep ignores the epoch of a part",
    file: "tracker/sweeper.ts",
    find: "return !named.has(key) && (isFinished(download) || epoch < download.epoch);",
    replace: "return !named.has(key) && epoch >= 0;",
  },
  {
    name: "the sweep removes parts that a record names",
    file: "tracker/sweeper.ts",
    find: "return !named.has(key) && (isFinished(download) || epoch < download.epoch);",
    replace: "return named.size >= 0 && (isFinished(download) || epoch < download.epoch);",
  },
  {
    name: "the sweep reads the records before it lists the parts",
    file: "tracker/sweeper.ts",
    find: "    const parts = await this.#listParts();\n    for await (const event of this.#records()) {",
    replace:
      "    const records = [];\n    for await (const record of this.#records()) records.push(record);\n" +
      "    const parts = await this.#listParts();\n    for (const event of records) {",
  },
  {
    name: "the sweep leaves parts that no record names",
    file: "tracker/sweeper.ts",
    find: "    for (const orphans of parts.values()) swept.parts += await this.#remove(orphans);\n",
    replace: "",
  },
  {
    name: "a removal leaves the bytes",
    file: "tracker/requests.ts",
    find: "      await this.#removeFiles(id);\n      return true;",
    replace: "      return true;",
  },
  {
    name: "the bytes of a replaced file go at once",
    file: "tracker/requests.ts",
    find: "if (before && !isKept) await",
    replace: "if (before) await",
  },
  {
    name: "a holder that does not know that it finished removes the replaced file",
    file: "tracker/worker.ts",
    find: "if (copy === null) await files.remove(",
    replace: "await files.remove(",
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
    name: "a watch reads before it subscribes",
    file: "tracker/subscribers.ts",
    find: "    this.#watchers.set(owner, watchers.add(watcher));\n    try {\n      const stored = (await repo.list(user))",
    replace:
      "    const early = await repo.list(user);\n    this.#watchers.set(owner, watchers.add(watcher));\n    try {\n" +
      "      const stored = early",
  },
  {
    name: "a watcher takes an older change for news",
    file: "tracker/subscription.ts",
    find: "    if (before && version <= before.version) return;\n    if (before && before.id",
    replace: "    if (before && before.id",
  },
  {
    name: "a watcher does not ask what went while the feed was down",
    file: "tracker/subscription.ts",
    find: "    this.#askFor(told, gone);\n",
    replace: "",
  },
  {
    name: "a watcher believes an answer that is older than a removal",
    file: "tracker/subscription.ts",
    find: "if (check) check.latest = event;",
    replace: 'if (check && event.type === "put") check.latest = event;',
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
    file: "tracker/supervisor.ts",
    find: "      if (isMine) await repo.update(release(stored.download), stored.version);\n",
    replace: "",
  },
  {
    name: "progress is written after the end of an attempt",
    file: "tracker/worker.ts",
    find: "this.#progressWriter.close(); // how it ended is the last thing to be written",
    replace: "",
  },
  {
    name: "an end is recorded twice when left over parts can't be removed",
    file: "tracker/worker.ts",
    find: "await this.#tidy(() => removeUnnamedParts(files, ready));",
    replace: "await removeUnnamedParts(files, ready);",
  },
];
