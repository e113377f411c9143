import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../clock/virtual.testing.ts";
import { isExpired } from "../download/transitions.ts";
import { MemoryFileStore } from "../engines/memory/memory-file-store.ts";
import { openMemoryRepo } from "../engines/memory/memory-repo.ts";
import { MemoryStore } from "../engines/memory/memory-store.ts";
import { finishedDownload } from "../ports/contracts/sample-downloads.ts";
import { silentLog } from "../telemetry/log.ts";
import { Archiver } from "./archiver.ts";
import { HistorySizes } from "./history-sizes.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";

test("a user's downloads are counted only near the limit, also those that another node archives", async () => {
  const clock = new VirtualClock({ seed: 1 });
  const memory = openMemoryRepo(new MemoryStore());
  let counts = 0;
  const size = memory.history.size.bind(memory.history);
  memory.history.size = (user) => {
    counts += 1;
    return size(user);
  };
  const nodes = ["a", "b"].map((name) => {
    const sizes = new HistorySizes();
    const archiver = new Archiver({
      ...{ self: `${name}/1`, repo: memory, clock, log: silentLog, sizes },
      files: new MemoryFileStore({ clock }),
      membership: { members: () => [] },
      settings: { ...DEFAULT_SETTINGS, keepPerUser: 20 },
    });
    archiver.apply({ type: "begin" });
    return { archiver, sizes };
  });
  let made = 0;
  const make = async (times: number, by: (typeof nodes)[number]) => {
    for (let time = 0; time < times; time += 1) {
      made += 1;
      await clock.advance(1_000);
      const download = finishedDownload("ann", `id-${made}`, { finishedAt: clock.now() });
      const version = (await memory.slots.insert(download))!;
      const stored = { key: `YW5u.${download.slot}`, version, download };
      for (const { archiver } of nodes) archiver.apply({ type: "put", ...stored });
      await by.archiver.archive(stored);
      for (const { archiver } of nodes)
        archiver.apply({ type: "remove", key: stored.key, version: version + 1 });
    }
  };
  const shown = async () => {
    const all = await memory.history.list("ann", { limit: 100 });
    return all.filter(({ download }) => !isExpired(download, clock.now())).length;
  };
  const [a, b] = nodes as [(typeof nodes)[number], (typeof nodes)[number]];
  await make(1, a);
  assert.equal(counts, 1, "the first time");
  await make(11, a);
  assert.equal(counts, 1);
  await make(12, b);
  assert.equal(counts, 13, "the other node had not counted, and then all were near the limit");
  assert.equal(await shown(), 20);
  await make(1, a);
  assert.deepEqual([counts, await shown()], [14, 20], "this node was told of those of the other");
  a.archiver.apply({ type: "begin" });
  assert.equal(a.sizes.of("ann"), null, "some may have been missed");
});

test("users who were counted long ago are forgotten, and the others are not", () => {
  const sizes = new HistorySizes();
  sizes.counted("ann", 3);
  for (let number = 0; number < 4_999; number += 1) sizes.counted(`user-${number}`, 1);
  sizes.finished("YW5u.default");
  assert.equal(sizes.of("ann"), 4);
  sizes.counted("bob", 1);
  sizes.finished("YW5u.default");
  assert.equal(sizes.of("ann"), 5);
  for (let number = 0; number < 5_000; number += 1) sizes.counted(`other-${number}`, 1);
  assert.deepEqual([sizes.of("ann"), sizes.of("bob")], [null, 1]);
});
