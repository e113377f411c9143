import assert from "node:assert/strict";
import { it } from "node:test";
import { decodeDownload, encodeDownload } from "../download/codec.ts";
import type { Download } from "../download/download.ts";
import { keyOf, ownerOf } from "../download/key.ts";
import { release } from "../download/transitions.ts";
import type { MemoryStore } from "../engines/memory/memory-store.ts";
import { gated } from "./gated-generator.testing.ts";
import { memoryCluster, textOf, until } from "./memory-cluster.testing.ts";
import type { DownloadStatus } from "./status.ts";

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

it("two holders with one epoch, of whom a failover forgot one, write different parts", async (test) => {
  const forgotten = gated("gated", 4, { revision: "a" });
  const before = memoryCluster([forgotten.generator]);
  test.after(() => before.close());
  const holder = await before.node("a");
  const { download } = (await holder.start({ user: "ann", kind: "gated" })).status;
  const key = keyOf(download);
  const claimed = await recorded(before.repo, key, ({ node }) => node !== null);
  forgotten.pass();
  await before.saved(download, 1);

  // The holder still sees what was, and its successor what is; the files are the same.
  const present = gated("gated", 4, { revision: "b" });
  const since = memoryCluster([present.generator], {}, undefined, before.files);
  test.after(() => since.close());
  since.repo.plant("slots", key, encodeDownload({ ...release(claimed, 1), epoch: 0 }));
  const successor = await since.node("b");
  present.pass(4);
  const isReady = ({ download }: DownloadStatus) => download.state === "ready";
  const ready = await until(successor, "ann", isReady);
  forgotten.pass(3);
  const alsoReady = await until(holder, "ann", isReady);
  assert.deepEqual([alsoReady.download.epoch, ready.download.epoch], [1, 1]);
  const linesOf = (revision: string) => [0, 1, 2, 3].map((line) => `line ${line} of ${revision}\n`).join("");
  assert.equal(await textOf(successor, ready), linesOf("b"));
  assert.equal(await textOf(holder, alsoReady), linesOf("a"));
});
