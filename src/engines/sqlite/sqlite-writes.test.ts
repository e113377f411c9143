import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { VirtualClock } from "../../clock/virtual.testing.ts";
import { openDatabase } from "./sqlite-database.ts";
import { LockPatience } from "./sqlite-patience.ts";
import { SqliteWrites } from "./sqlite-writes.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "carryout-writes-"));
});
after(() => rm(folder, { recursive: true }));

test("a write that fails is undone alone, whatever shares its transaction", async () => {
  const path = join(folder, "carryout.db");
  const clock = new VirtualClock({ seed: 1 });
  const database = await openDatabase({ path, clock });
  const changed: number[] = [];
  const writes = new SqliteWrites({
    ...{ database, path, tombstones: 10 },
    patience: new LockPatience({ clock }),
    onCommit: (tables) => changed.push(tables.size),
    onFull: () => false,
  });
  const insert = database.prepare("INSERT INTO saved (key, version, record) VALUES (?, ?, 'text')");
  const put = (key: string) => writes.ask({}, (version) => insert.run(key, version).changes === 1);
  const failure = new Error("in the middle");
  const broken = writes.ask({}, (version) => {
    insert.run("half", version);
    throw failure;
  });
  const all = await Promise.allSettled([
    put("a"),
    broken,
    put("b"),
    writes.ask({}, () => false),
    put("a"),
    put("c"),
  ]);
  assert.deepEqual(
    all.map((one) => (one.status === "fulfilled" ? one.value : one.reason.message)),
    [1, failure.message, 2, null, "UNIQUE constraint failed: saved.key", 3],
  );
  const stored = database.prepare("SELECT key, version FROM saved ORDER BY version").all();
  assert.deepEqual(
    stored.map(({ key, version }) => [key, version]),
    [
      ["a", 1],
      ["b", 2],
      ["c", 3],
    ],
  );
  assert.deepEqual(changed, [0]);
  assert.equal(await put("d"), 4);
  await writes.close();
  database.close();
});
