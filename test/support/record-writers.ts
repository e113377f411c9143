/** @module Writers that race for the same records, and the answers they got, to be checked against the truth. */

import assert from "node:assert/strict";
import type { Download } from "../../src/download/download.ts";
import { keyOf } from "../../src/download/key.ts";
import { CarryoutError } from "../../src/errors.ts";
import { sampleDownload } from "../../src/ports/contracts/sample-downloads.ts";
import type { Watching } from "../../src/ports/contracts/slots-watch-contract.ts";
import type { Stored, Version } from "../../src/ports/repo.ts";
import type { Slots } from "../../src/ports/slots.ts";
import { eventually } from "./real-cluster.ts";

interface Acknowledged {
  key: string;
  expected: Version;
  version: Version;
  /** The writer's mark, in the record's id. */
  mark: string;
  /** The number of writes to the record, by its own count. */
  count: number;
}

export class RecordWriters {
  readonly acknowledged: Acknowledged[] = [];
  readonly users: readonly string[];
  /** Writes with an unknown outcome. */
  unavailable = 0;
  refused = 0;
  readonly #running: Promise<void>[] = [];
  readonly #failures: unknown[] = [];
  #isStopped = false;
  #marks = 0;

  /** Begins at once: each repo raises the count of each user's record again and again. */
  constructor(repos: readonly Slots[], users: readonly string[]) {
    this.users = users;
    for (const repo of repos) {
      for (const user of users) {
        const failed = (error: unknown) => void this.#failures.push(error);
        this.#running.push(this.#write(repo, user).catch(failed));
      }
    }
  }

  /** Resolves when each of these users' records has had `count` more writes acknowledged. */
  async more(count: number, users: readonly string[] = this.users): Promise<void> {
    const already = this.acknowledged.length;
    await eventually(
      `${count} further writes of ${users}`,
      async () => {
        if (this.#failures.length > 0) throw this.#failures[0];
        const since = this.acknowledged.slice(already);
        return users.every((user) => {
          const key = keyOf(sampleDownload(user));
          return since.filter((one) => one.key === key).length >= count;
        });
      },
      60_000,
    );
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#running);
    assert.deepEqual(this.#failures, []);
  }

  /** Checks what was acknowledged against what is stored, and what watchers saw. */
  async check(repo: Slots, watchings: readonly Watching[]): Promise<void> {
    const stored = new Map<string, Stored>();
    for (const user of this.users) {
      for (const one of await repo.list(user)) stored.set(one.key, one);
    }
    assert.equal(stored.size, this.users.length);
    for (const [key, { version, download }] of stored) {
      const ours = this.acknowledged.filter((one) => one.key === key);
      assertDistinct(
        ours.map(({ expected }) => expected),
        "two winners for one version",
      );
      assertDistinct(
        ours.map(({ version }) => version),
        "a version used twice",
      );
      assertDistinct(
        ours.map(({ count }) => count),
        "an acknowledged write was lost",
      );
      const newest = ours.reduce((last, one) => (one.version > last.version ? one : last));
      assert.ok(
        newest.version <= version && newest.count <= download.progress.done,
        "the last write was lost",
      );
      // A refused write may have been applied without an acknowledgement and then overtaken.
      const most = ours.length + this.unavailable + this.refused;
      assert.ok(download.progress.done <= most, "more was written than was asked for");
      if (newest.version === version) assert.equal(download.id, newest.mark);
    }
    for (const watching of watchings) {
      await watching.until(({ records }) => {
        return [...stored].every(([key, { version }]) => records.get(key)?.version === version);
      });
      assertNeverBack(watching);
    }
  }

  async #write(repo: Slots, user: string): Promise<void> {
    const key = keyOf(sampleDownload(user));
    let known: Stored | null = null;
    while (!this.#isStopped) {
      try {
        known ??= await repo.fetch(key);
        this.#marks += 1;
        const count: number = (known?.download.progress.done ?? 0) + 1;
        const next = marked(sampleDownload(user, { id: `mark-${this.#marks}` }), count);
        const expected: Version = known?.version ?? 0;
        const version: Version | null = known ? await repo.update(next, expected) : await repo.insert(next);
        if (version !== null) this.acknowledged.push({ key, expected, version, mark: next.id, count });
        else this.refused += 1;
        known = version === null ? null : { key, version, download: next };
      } catch (error) {
        if (!(error instanceof CarryoutError) || error.code !== "unavailable") throw error;
        this.unavailable += 1;
        known = null;
      }
      // Gives others a turn; this checks correctness, not throughput.
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}

function marked(download: Download, count: number): Download {
  return { ...download, progress: { ...download.progress, done: count } };
}

function assertDistinct(values: readonly number[], what: string): void {
  assert.equal(new Set(values).size, values.length, what);
}

/** Versions never go back, not even in a new snapshot. */
function assertNeverBack({ events }: Watching): void {
  const seen = new Map<string, Version>();
  for (const event of events) {
    if (event.type !== "put" && event.type !== "remove") continue;
    assert.ok(event.version >= (seen.get(event.key) ?? 0), `${event.key} went back`);
    seen.set(event.key, event.version);
  }
}
