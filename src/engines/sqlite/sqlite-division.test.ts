import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { systemClock } from "../../clock/system.ts";
import { encodeDownload } from "../../download/codec.ts";
import { downloadKey, keyOf, ownerOf } from "../../download/key.ts";
import { claim } from "../../download/transitions.ts";
import { finishedDownload, sampleDownload, sampleParts } from "../../ports/contracts/sample-downloads.ts";
import { openSqliteRepo } from "./sqlite-repo.ts";
import { APPLICATION_ID, MIGRATIONS } from "./sqlite-schema.ts";

const LIMITS = { maxHandovers: 5, errorRetentionMs: 1 };
const CHECKPOINT = { state: { after: 7 }, parts: sampleParts(2), size: 2 * 4_194_304, hash: "AAECAw==" };

/** A record as the previous version wrote it: the whole download in one. */
function old(user: string, changes: Record<string, unknown> = {}): { key: string; text: string } {
  const { revision, freshSince, ...download } = { ...sampleDownload(user), ...changes };
  return { key: keyOf(download), text: JSON.stringify({ v: 1, checkpoint: null, ...download }) };
}

/** A data folder of the previous version, with these records. */
async function folderWith(...records: { key: string; text: string }[]) {
  const folder = await mkdtemp(join(tmpdir(), "carryout-division-"));
  const path = join(folder, "carryout.db");
  const database = new DatabaseSync(path);
  database.exec(String(MIGRATIONS[0]));
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1`);
  const insert = database.prepare("INSERT INTO downloads (version, key, record) VALUES (?, ?, ?)");
  database.exec("BEGIN");
  for (const [index, { key, text }] of records.entries()) insert.run(10 * (index + 1), key, text);
  database.exec("UPDATE meta SET value = 100000 WHERE name = 'sequence'; COMMIT");
  database.close();
  const open = () => openSqliteRepo({ path, clock: systemClock });
  return { open, remove: () => rm(folder, { recursive: true }) };
}

test("a folder of the previous version is divided: running downloads continue, ready ones are in the history", async () => {
  const held = claim(sampleDownload("ann"), "n1/1", 1, LIMITS);
  const progress = { done: 40, total: 100, message: "row 40", fraction: 0.4, etaMs: null };
  const file = { name: "a.csv", type: "text/csv", size: 1, sha256: "00".repeat(32), parts: sampleParts(1) };
  const ready = { id: "ready", state: "ready", file, finishedAt: 5, expiresAt: 9 };
  const copy = old("bob", { ...ready, id: "copy", isReplaced: true });
  const { open, remove } = await folderWith(
    old("ann", { ...held, progress, ranMs: 900, checkpoint: CHECKPOINT }),
    old("bob", ready),
    { ...copy, key: `${copy.key.slice(0, copy.key.indexOf("."))}.~copy` },
    old("cyd"),
    { key: keyOf(sampleDownload("dan")), text: "torn" },
  );
  const repo = await open();
  const stored = await repo.slots.fetch(keyOf(held));
  assert.deepEqual(stored?.download, { ...held, progress, ranMs: 900 });
  const { mark, saved } = await repo.work.fetch(downloadKey("ann", held.id));
  assert.deepEqual(mark?.value, { epoch: 1, attempt: 0, ranMs: 900, progress });
  assert.deepEqual([saved?.value.checkpoint, saved?.value.madeIn], [CHECKPOINT, 1]);
  assert.equal((await repo.slots.fetch(keyOf(sampleDownload("cyd"))))?.download.state, "pending");
  assert.equal(await repo.slots.fetch(keyOf(sampleDownload("bob"))), null);
  const kept = await repo.history.list("bob", { limit: 10 });
  assert.deepEqual(kept.map(({ download }) => download.id).sort(), ["copy", "ready"]);
  assert.deepEqual(kept.find(({ download }) => download.id === "ready")?.download.file, file);
  assert.deepEqual((await repo.history.expired(9, 10)).map(({ download }) => download.id).sort(), [
    "copy",
    "ready",
  ]);
  const version = await repo.slots.insert(sampleDownload("dan"));
  assert.ok((version ?? 0) > 100_000, "what can't be read is written over as ever, and versions go on");
  await repo.close();
  const again = await open();
  assert.deepEqual(await again.slots.fetch(keyOf(held)), stored, "once divided it stays so");
  await again.close();
  await remove();
});

test("a folder with more records than are read at a time is divided completely", async () => {
  const records = Array.from({ length: 2_500 }, (_, index) =>
    old(`user-${index}`, index % 2 === 0 ? {} : { state: "error", expiresAt: 5 }),
  );
  const { open, remove } = await folderWith(...records);
  const repo = await open();
  let archived = 0;
  for await (const _ of repo.history.all()) archived++;
  assert.equal(archived, 1_250);
  assert.equal((await repo.work.keys()).length, 1_250);
  await repo.close();
  await remove();
});

test("a history of the version before can be searched, and so can what its processes still add", async () => {
  const folder = await mkdtemp(join(tmpdir(), "carryout-division-"));
  const path = join(folder, "carryout.db");
  const old = new DatabaseSync(path);
  for (const step of MIGRATIONS.slice(0, 3)) {
    if (typeof step === "string") old.exec(step);
    else step(old);
  }
  old.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 3`);
  const add = (id: string, text: string) =>
    old
      .prepare(
        "INSERT INTO history (key, owner, id, version, requested_at, expires_at, record) VALUES (?, ?, ?, ?, ?, ?, ?)",
      )
      .run(downloadKey("ann", id), ownerOf(downloadKey("ann", id)), id, 1, 5, 9, text);
  add("before", encodeDownload(finishedDownload("ann", "before")));
  add("torn", "torn");
  const repo = await openSqliteRepo({ path, clock: systemClock });
  add("after", encodeDownload(finishedDownload("ann", "after", { state: "error", file: null })));
  const ids = async (state?: "ready" | "error") =>
    (await repo.history.search({ state, limit: 9 })).found.map(({ download }) => download.id);
  assert.deepEqual((await ids()).sort(), ["after", "before"]);
  assert.deepEqual(await ids("error"), ["after"]);
  old.close();
  await repo.close();
  await rm(folder, { recursive: true });
});
