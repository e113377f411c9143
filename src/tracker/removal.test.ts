import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../clock/system.ts";
import { keyOf } from "../download/key.ts";
import { request } from "../download/transitions.ts";
import { MemoryFileStore } from "../engines/memory/memory-file-store.ts";
import { MemoryRepoStore } from "../engines/memory/memory-repo.ts";
import { UnavailableError } from "../errors.ts";
import { removeRecord } from "./removal.ts";

const DOWNLOAD = request({ user: "ann", slot: "default", kind: "k", params: {} }, 0, "id");

async function world(refusal: () => UnavailableError | null) {
  const inner = new MemoryRepoStore().open();
  const files = new MemoryFileStore({ clock: systemClock });
  const version = (await inner.insert(DOWNLOAD))!;
  await files.put("id/1/0", new Uint8Array([1]));
  const hasBytes = async () => {
    for await (const _part of files.list("id/")) return true;
    return false;
  };
  const repo = Object.assign(Object.create(inner) as typeof inner, {
    remove: async (key: string, expected: number) => {
      const error = refusal();
      if (error && (await hasBytes())) throw error;
      return inner.remove(key, expected);
    },
  });
  const remove = () => removeRecord({ repo, files }, { key: keyOf(DOWNLOAD), version, download: DOWNLOAD });
  return { inner, hasBytes, remove };
}

test("with free space the record is removed first, and its bytes are left to the caller", async () => {
  const { inner, hasBytes, remove } = await world(() => null);
  assert.equal(await remove(), true);
  assert.equal(await inner.fetch(keyOf(DOWNLOAD)), null);
  assert.equal(await hasBytes(), true);
});

test("on a full disk its bytes are removed first, to make space for removing the record", async () => {
  const { inner, hasBytes, remove } = await world(
    () => new UnavailableError("disk full", { details: { isFull: true } }),
  );
  assert.equal(await remove(), true);
  assert.equal(await inner.fetch(keyOf(DOWNLOAD)), null);
  assert.equal(await hasBytes(), false);
});

test("after any other failure both the record and its bytes stay", async () => {
  const { inner, hasBytes, remove } = await world(() => new UnavailableError("disconnected"));
  await assert.rejects(remove(), { code: "unavailable" });
  assert.notEqual(await inner.fetch(keyOf(DOWNLOAD)), null);
  assert.equal(await hasBytes(), true);
});
