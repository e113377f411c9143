import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { systemClock as clock } from "../../../src/clock/system.ts";
import type { Download } from "../../../src/download/download.ts";
import { keyOf } from "../../../src/download/key.ts";
import { openSqliteEngine } from "../../../src/engines/sqlite/sqlite-engine.ts";
import { openSqliteRepo } from "../../../src/engines/sqlite/sqlite-repo.ts";
import { testMember } from "../../../src/ports/contracts/membership-contract.ts";
import { sampleDownload } from "../../../src/ports/contracts/sample-downloads.ts";
import type { Engine } from "../../../src/ports/engine.ts";
import { eventually } from "../../support/real-cluster.ts";
import { SmallDisk, withoutSmallDisk } from "../../support/small-disk.ts";

const DISK_MB = 24;

describe("engine sqlite on a disk", { skip: withoutSmallDisk }, () => {
  let disk: SmallDisk;
  const engines: Engine[] = [];
  const full = { code: "unavailable", message: /disk full/ };

  before(async () => {
    disk = await SmallDisk.mount(DISK_MB);
  });
  after(async () => {
    for (const engine of engines) await engine.close();
    await disk.unmount();
  });

  async function opened(name: string) {
    const dir = join(disk.dir, name);
    const engine = await openSqliteEngine({ dir, clock, leaseMs: 3_000 });
    engines.push(engine);
    await engine.membership.join(testMember(name));
    while (!existsSync(join(dir, "ballast"))) await clock.sleep(5);
    return { engine, dir };
  }

  test("that is read-only can't be used: SQLite would open the database, and fail at every write", async () => {
    const path = join(disk.dir, "read-only", "carryout.db");
    await (await openSqliteRepo({ path, clock })).close();
    const remount = (mode: "ro" | "rw") => execFileSync("mount", ["-o", `remount,${mode}`, disk.dir]);
    remount("ro");
    try {
      await assert.rejects(openSqliteRepo({ path, clock }), { code: "store-unusable", message: /EROFS/ });
    } finally {
      remount("rw");
    }
  });

  test("parts leave a reserve, in which records can be written and removed", async () => {
    const { engine } = await opened("reserve");
    const megabyte = new Uint8Array(1024 * 1024);
    const storing = async () => {
      for (let number = 0; number < DISK_MB; number++) await engine.files.put(`big/1/${number}`, megabyte);
    };
    await assert.rejects(storing(), full);
    const version = await engine.repo.slots.insert(sampleDownload("alice"));
    assert.notEqual(await engine.repo.slots.remove(keyOf(sampleDownload("alice")), version!), null);
    await engine.files.remove("big/");
    await engine.files.put("small/1/0", megabyte);
    await engine.close();
    await rm(join(disk.dir, "reserve"), { recursive: true });
  });

  test("full to the last byte: nothing new is accepted, but existing downloads can be removed", async () => {
    const { engine, dir } = await opened("brim");
    const kept: [Download, number][] = [];
    for (let number = 0; number < 50; number++) {
      const download = { ...sampleDownload(`user-${number}`), params: "x".repeat(4_000) };
      kept.push([download, (await engine.repo.slots.insert(download))!]);
    }
    assert.equal(engine.shortage?.() ?? null, null);
    disk.fill();
    const shortage = await eventually("it is noticed", async () => engine.shortage?.() ?? null);
    assert.match(shortage, /disk full/);
    const inserting = async () => {
      for (let number = 0; ; number++) {
        await engine.repo.slots.insert({ ...sampleDownload(`more-${number}`), params: "x".repeat(60_000) });
      }
    };
    await assert.rejects(inserting(), full);
    assert.ok(existsSync(join(dir, "ballast")), "what is new is not worth the ballast");
    for (const [download, version] of kept) {
      assert.notEqual(await engine.repo.slots.remove(keyOf(download), version), null);
    }
    disk.free();
    await engine.close();
    await rm(dir, { recursive: true });
  });
});
