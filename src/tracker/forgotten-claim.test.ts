import assert from "node:assert/strict";
import { it } from "node:test";
import { decodeDownload, encodeDownload } from "../download/codec.ts";
import type { Download } from "../download/download.ts";
import { keyOf, ownerOf } from "../download/key.ts";
import { release } from "../download/transitions.ts";
import type { MemoryStore } from "../engines/memory/memory-store.ts";
import { gated } from "./gated-generator.testing.ts";
import { memoryCluster, textOf, until } from "./memory-cluster.testing.ts";

/** The first record of this slot, from now on, that is accepted. */
async function recorded(
  repo: MemoryStore,
  key: string,
  accept: (download: Download) => boolean,
): Promise<Download> {
  const stop = new AbortController();
  try {
    for await (const change of repo.slots.follow(ownerOf(key), stop.signal)) {
      const download = change && change.key === key && decodeDownload(key, change.text ?? "").value;
      if (download && accept(download)) return download;
    }
  } finally {
    stop.abort();
  }
  throw new Error("no such record");
}

it("a holder ends when the store forgot its claim, also if its successor has the same epoch", async (test) => {
  const made = gated();
  const cluster = memoryCluster([made.generator]);
  test.after(() => cluster.close());
  const node = await cluster.node("a");
  const { download } = (await node.start({ user: "ann", kind: "gated" })).status;
  const key = keyOf(download);
  const claimed = await recorded(cluster.repo, key, ({ node }) => node !== null);
  made.pass();
  await cluster.saved(download, 1);

  // As after a failover to a standby that did not have the claim: the record before it, renewed.
  cluster.repo.plant("slots", key, encodeDownload({ ...release(claimed, 1), epoch: 0 }));
  const again = await recorded(cluster.repo, key, ({ node }) => node !== null);
  assert.deepEqual([claimed.epoch, again.epoch], [1, 1]);
  assert.notEqual(again, claimed);
  // More than it needs: the first run, which has ended, takes one or two.
  made.pass(8);
  const ready = await until(node, "ann", (status) => status.download.state === "ready");
  assert.equal(made.starts, 2);
  assert.equal(await textOf(node, ready), "line 0\nline 1\nline 2\nline 3\n");
});
