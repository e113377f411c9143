import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock as clock } from "../../clock/system.ts";
import { keyOf } from "../../download/key.ts";
import { sampleDownload } from "../../ports/contracts/sample-downloads.ts";
import { backUp } from "./backup.ts";
import { openSqliteEngine } from "./sqlite-engine.ts";

test("a backup made under load opens, complete and from a single moment", async (t) => {
  const top = await mkdtemp(join(tmpdir(), "carryout-backup-"));
  t.after(() => rm(top, { recursive: true, force: true }));
  const [dir, to] = [join(top, "data"), join(top, "backup")];
  const engine = await openSqliteEngine({ dir, clock, leaseMs: 3_000 });
  const users = Array.from({ length: 200 }, (_, number) => `user-${number}`);
  for (const user of users) await engine.repo.slots.insert(sampleDownload(user));
  await engine.files.put("kept/1/00000000", Buffer.from("kept"));

  // Each round writes all records, so a copy from a single moment has at most two consecutive rounds in it.
  let isOver = false;
  const versions = new Map<string, number>();
  const rounds = (async () => {
    for (let round = 1; !isOver; round++) {
      for (const user of users) {
        const before = await engine.repo.slots.fetch(keyOf(sampleDownload(user)));
        const download = sampleDownload(user);
        download.progress = { ...download.progress, done: round };
        versions.set(user, (await engine.repo.slots.update(download, before!.version))!);
        await engine.files.put(`brief/${round}/00000000`, Buffer.from("x"));
        await engine.files.remove(`brief/${round}/`);
      }
    }
  })();
  while (versions.size < users.length) await clock.sleep(1);
  const { files } = await backUp({ dir, to });
  isOver = true;
  await rounds;
  await engine.close();

  assert.ok(files >= 1);
  assert.equal((await stat(to)).mode & 0o077, 0);
  const restored = await openSqliteEngine({ dir: to, clock, leaseMs: 3_000 });
  assert.equal(restored.secret, engine.secret);
  const seen = new Set<number>();
  for (const user of users) {
    const stored = await restored.repo.slots.fetch(keyOf(sampleDownload(user)));
    seen.add(stored!.download.progress.done);
  }
  assert.ok(Math.max(...seen) - Math.min(...seen) <= 1, [...seen].join());
  const kept: Uint8Array[] = [];
  for await (const chunk of restored.files.get("kept/1/00000000")) kept.push(chunk);
  assert.equal(Buffer.concat(kept).toString(), "kept");
  await restored.close();
});

test("a backup of a folder whose files are still in the older layout opens", async (t) => {
  const top = await mkdtemp(join(tmpdir(), "carryout-backup-"));
  t.after(() => rm(top, { recursive: true, force: true }));
  const [dir, to] = [join(top, "data"), join(top, "backup")];
  const engine = await openSqliteEngine({ dir, clock, leaseMs: 3_000 });
  await engine.close();
  await mkdir(join(dir, "files", "kept", "1"), { recursive: true });
  await writeFile(join(dir, "files", "kept", "1", "00000000"), "kept");
  assert.equal((await backUp({ dir, to })).files, 1);
  const restored = await openSqliteEngine({ dir: to, clock, leaseMs: 3_000 });
  const kept: Uint8Array[] = [];
  for await (const chunk of restored.files.get("kept/1/00000000")) kept.push(chunk);
  assert.equal(Buffer.concat(kept).toString(), "kept");
  await restored.close();
});

test("the target of a backup must be empty, and the source must hold a cluster", async (t) => {
  const top = await mkdtemp(join(tmpdir(), "carryout-backup-"));
  t.after(() => rm(top, { recursive: true, force: true }));
  await writeFile(join(top, "something"), "");
  await assert.rejects(backUp({ dir: join(top, "data"), to: top }), {
    code: "store-unusable",
    message: /must be empty/,
  });
  await assert.rejects(backUp({ dir: join(top, "data"), to: join(top, "backup") }), {
    code: "store-unusable",
  });
});
