import assert from "node:assert/strict";
import { test } from "node:test";
import { repoContract } from "../../ports/contracts/repo-contract.ts";
import { sampleDownload } from "../../ports/contracts/sample-downloads.ts";
import type { Repo } from "../../ports/repo.ts";
import type { SlotEvent, Slots } from "../../ports/slots.ts";
import { openMemoryRepo } from "./memory-repo.ts";
import { MemoryStore } from "./memory-store.ts";

repoContract("memory", async () => {
  const store = new MemoryStore();
  const repos: Repo[] = [];
  return {
    async open() {
      const repo = openMemoryRepo(store);
      repos.push(repo);
      return repo;
    },
    async plant(part, key, text) {
      store.plant(part, key, text);
    },
    async dispose() {
      await Promise.all(repos.map((repo) => repo.close()));
    },
  };
});

test("memory: the same calls give the same versions and events", async () => {
  assert.deepEqual(await history(), await history());
});

async function history(): Promise<unknown[]> {
  const store = new MemoryStore();
  const [one, two] = [openMemoryRepo(store).slots, openMemoryRepo(store).slots];
  const abort = new AbortController();
  const seen: unknown[] = [];
  const watch = async (name: string, repo: Slots) => {
    for await (const event of repo.watch(abort.signal))
      seen.push([name, event] satisfies [string, SlotEvent]);
  };
  const watching = [watch("one", one), watch("two", two)];
  const writes = ["ann", "bob", "ann", "cy"].map(async (user, index) => {
    const repo = index % 2 === 0 ? one : two;
    const download = sampleDownload(user, { id: `${index}` });
    const version = await repo.insert(download);
    seen.push([user, version, version && (await repo.update(download, version))]);
  });
  await Promise.all(writes);
  // Events pass through several promises: wait as many turns as it takes for no more to come.
  for (let turn = 0, before = -1; before !== seen.length || turn < 50; turn += 1) {
    before = seen.length;
    await Promise.resolve();
  }
  abort.abort();
  await Promise.all(watching);
  return seen;
}
