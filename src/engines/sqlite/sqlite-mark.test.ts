import assert from "node:assert/strict";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { systemClock as clock } from "../../clock/system.ts";
import { keyOf } from "../../download/key.ts";
import { sampleDownload } from "../../ports/contracts/sample-downloads.ts";
import { silentLog } from "../../telemetry/log.ts";
import { markPath, SequenceNotes } from "./sqlite-mark.ts";
import { openSqliteRepo } from "./sqlite-repo.ts";

async function folder(t: TestContext) {
  const dir = await mkdtemp(join(tmpdir(), "carryout-mark-"));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Opens, writes one record for each user, notes the last change, and closes. */
async function session(path: string, ...users: string[]) {
  const repo = await openSqliteRepo({ path, clock });
  const notes = new SequenceNotes({ path, sequence: () => repo.sequence(), clock, log: silentLog });
  for (const user of users) await repo.slots.insert(sampleDownload(user));
  await notes.close();
  await repo.close();
}

test("a database older than its folder's mark is refused, with instructions", async (t) => {
  const dir = await folder(t);
  const path = join(dir, "carryout.db");
  await session(path, "ann");
  await copyFile(path, join(dir, "backup"));
  await session(path, "bob");
  await copyFile(join(dir, "backup"), path);
  const before = await readFile(path);
  await assert.rejects(openSqliteRepo({ path, clock }), {
    code: "store-corrupt",
    message: /ends at change 1, but this folder had change 2.*remove .*mark/,
  });
  assert.deepEqual(await readFile(path), before);
  await rm(markPath(path));
  await session(path, "eve");
});

test("a missing database is not silently recreated in a folder that was used", async (t) => {
  const path = join(await folder(t), "carryout.db");
  await session(path, "ann");
  await rm(path);
  await assert.rejects(openSqliteRepo({ path, clock }), { code: "store-corrupt", message: /it is missing/ });
  await assert.rejects(readFile(path), { code: "ENOENT" });
});

test("a copy without its log is refused if some of the log was noted", async (t) => {
  const dir = await folder(t);
  const path = join(dir, "carryout.db");
  const repo = await openSqliteRepo({ path, clock });
  for (const user of ["ann", "bob"]) await repo.slots.insert(sampleDownload(user));
  await new SequenceNotes({ path, sequence: () => repo.sequence(), clock, log: silentLog }).close();
  const copy = join(await folder(t), "carryout.db");
  await copyFile(path, copy);
  await copyFile(markPath(path), markPath(copy));
  await assert.rejects(openSqliteRepo({ path: copy, clock }), { code: "store-corrupt", message: /log/ });
  await copyFile(`${path}-wal`, `${copy}-wal`);
  const whole = await openSqliteRepo({ path: copy, clock });
  assert.notEqual(await whole.slots.fetch(keyOf(sampleDownload("bob"))), null);
  await whole.close();
  await repo.close();
});

test("an unreadable note refuses nothing", async (t) => {
  const path = join(await folder(t), "carryout.db");
  await writeFile(markPath(path), "");
  await session(path, "ann");
});
