/** @module The contract of `Carryout` as a test suite, for the real one and the fake that HTTP tests use. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { Carryout } from "./carryout.ts";
import type { DownloadStatus, WatchEvent } from "./status.ts";

/** Has the kinds "fake" and "cities.csv" and finishes files on command; rejects the parameter `country: "nowhere"`. */
export interface CarryoutUnderTest {
  carryout: Carryout;
  /** Resolves when this download is ready, with some bytes. */
  finish(status: DownloadStatus): Promise<void>;
  /** Resolves when it has failed for good. */
  fail(status: DownloadStatus): Promise<void>;
  close(): Promise<void>;
}

export function carryoutContract(name: string, create: () => Promise<CarryoutUnderTest>): void {
  describe(`Carryout: ${name}`, () => {
    let tested: CarryoutUnderTest;
    let carryout: Carryout;
    const fake = { user: "ann", kind: "fake", params: { rows: 1 } };

    beforeEach(async () => {
      tested = await create();
      carryout = tested.carryout;
    });
    afterEach(() => tested.close());

    test("a request creates a download in its slot; an equal one joins it", async () => {
      const first = await carryout.start(fake);
      assert.equal(first.joined, false);
      const { user, slot, kind, params, state } = first.status.download;
      assert.deepEqual({ user, slot, kind, params }, { ...fake, slot: "default" });
      assert.ok(state === "pending" || state === "processing");
      const second = await carryout.start({ ...fake, slot: "default" });
      assert.equal(second.joined, true);
      assert.equal(second.status.download.id, first.status.download.id);
    });

    test("a different request is refused with the running download; other slots and other users are not affected", async () => {
      const { status } = await carryout.start(fake);
      for (const other of [
        { ...fake, kind: "cities.csv" },
        { ...fake, params: { rows: 2 } },
      ]) {
        await assert.rejects(carryout.start(other), (error: { code: string; details: object }) => {
          assert.equal(error.code, "download-in-progress");
          const { status: running } = error.details as { status: DownloadStatus };
          assert.equal(running.download.id, status.download.id);
          return true;
        });
      }
      assert.equal((await carryout.start({ ...fake, kind: "cities.csv", slot: "b" })).joined, false);
      assert.equal((await carryout.start({ ...fake, user: "bob" })).joined, false);
    });

    test("a finished download and its file are kept when the next one starts", async () => {
      const { status } = await carryout.start(fake);
      await tested.finish(status);
      const next = await carryout.start({ ...fake, params: { rows: 2 } });
      assert.equal(next.joined, false);
      const { id } = status.download;
      assert.deepEqual(ids(await carryout.list("ann")), [next.status.download.id, id]);
      const ready = await carryout.fetch("ann", id);
      const file = ready?.download.file ?? assert.fail("it is ready");
      assert.equal((await bytesOf(carryout.read(file))).length, file.size);
    });

    test("a list comes in pages, each starting after the last download of the previous page", async () => {
      for (const slot of ["a", "b", "c"]) await carryout.start({ ...fake, slot });
      const all = ids(await carryout.list("ann"));
      assert.equal(all.length, 3);
      const first = await carryout.list("ann", { limit: 2 });
      const after = first[1]?.download ?? assert.fail("there are two");
      const second = await carryout.list("ann", { limit: 2, after });
      assert.deepEqual([...ids(first), ...ids(second)], all);
    });

    test("all downloads of a user can be removed at once, without affecting other users", async () => {
      const { status } = await carryout.start(fake);
      await tested.finish(status);
      await carryout.start({ ...fake, slot: "other" });
      await carryout.start({ ...fake, user: "bob" });
      assert.equal(await carryout.removeAll("ann"), 2);
      assert.deepEqual(await carryout.list("ann"), []);
      assert.equal((await carryout.list("bob")).length, 1);
      assert.equal(await carryout.removeAll("ann"), 0);
    });

    test("a repeated request gets the download of the first one, finished or not; another request can't use its key", async () => {
      const asked = { ...fake, idempotencyKey: "key-1" };
      const { status } = await carryout.start(asked);
      const { id } = status.download;
      assert.equal((await carryout.start(asked)).status.download.id, id);
      await tested.finish(status);
      const repeated = await carryout.start(asked);
      assert.deepEqual([repeated.joined, repeated.status.download.id], [true, id]);
      assert.equal(repeated.status.download.state, "ready");
      await assert.rejects(carryout.start({ ...asked, params: { rows: 2 } }), { code: "key-reused" });
      const anew = await carryout.start({ ...fake, idempotencyKey: "key-2" });
      assert.equal(anew.joined, false);
    });

    test("a failed download is retried once however many retries are requested; others are not retried", async () => {
      const { status } = await carryout.start(fake);
      const { id } = status.download;
      await assert.rejects(carryout.retry("ann", id), { code: "not-failed" });
      await tested.fail(status);
      assert.equal((await carryout.fetch("ann", id))?.download.state, "error");
      assert.equal(await carryout.retry("bob", id), null);
      const again = await carryout.retry("ann", id);
      const { download } = again?.status ?? assert.fail("it is there");
      assert.notEqual(download.id, id);
      assert.deepEqual(
        [again?.joined, download.kind, download.slot, download.params],
        [false, "fake", "default", fake.params],
      );
      const repeated = await carryout.retry("ann", id);
      assert.deepEqual([repeated?.joined, repeated?.status.download.id], [true, download.id]);
      assert.deepEqual(ids(await carryout.list("ann")), [download.id, id]);
      assert.equal(await carryout.retry("ann", "no such id"), null);
    });

    test("unknown kinds and invalid parameters are refused", async () => {
      await assert.rejects(carryout.start({ ...fake, kind: "no such kind" }), { code: "unknown-kind" });
      const wrong = carryout.start({ ...fake, params: { country: "nowhere" } });
      await assert.rejects(wrong, (error: { code: string; details: { errors?: { path: string }[] } }) => {
        assert.equal(error.code, "invalid-parameters");
        assert.equal(error.details.errors?.[0]?.path, "country");
        return true;
      });
    });

    test("a user sees and removes only their own downloads", async () => {
      const { status } = await carryout.start(fake);
      const { id } = status.download;
      assert.equal((await carryout.fetch("ann", id))?.download.id, id);
      assert.equal(await carryout.fetch("bob", id), null);
      assert.deepEqual([ids(await carryout.list("ann")), await carryout.list("bob")], [[id], []]);
      assert.equal(await carryout.remove("bob", id), false);
      assert.equal(await carryout.remove("ann", id), true);
      assert.equal(await carryout.remove("ann", id), false);
      assert.equal(await carryout.fetch("ann", id), null);
    });

    test("a watch begins with a snapshot, followed by changes and removals", async () => {
      const stop = new AbortController();
      const events = carryout.watch("ann", stop.signal)[Symbol.asyncIterator]();
      const next = async () => (await events.next()).value as WatchEvent;
      assert.deepEqual(await next(), { type: "snapshot", downloads: [] });
      const { status } = await carryout.start(fake);
      const { id } = status.download;
      const change = await next();
      assert.equal(change.type === "download" && change.status.download.id, id);
      await carryout.remove("ann", id);
      let last = await next();
      while (last.type !== "removed") last = await next();
      assert.equal(last.id, id);
      stop.abort();
      assert.equal((await events.next()).done, true);
    });

    test("a ready file can be read in whole and in part", async () => {
      const { status } = await carryout.start(fake);
      await tested.finish(status);
      const ready = await carryout.fetch("ann", status.download.id);
      const file = ready?.download.file ?? assert.fail("it is ready");
      const whole = await bytesOf(carryout.read(file));
      assert.equal(whole.length, file.size);
      const part = await bytesOf(carryout.read(file, { start: 1, end: 2 }));
      assert.deepEqual(part, whole.subarray(1, 3));
    });

    test("draining an unknown node reports it as unknown", async () => {
      assert.equal(await carryout.drainNode("no such node"), "unknown");
      assert.equal(await carryout.drainNode(carryout.name), "asked");
    });
  });
}

const ids = (statusReader: DownloadStatus[]) => statusReader.map(({ download }) => download.id);

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}
