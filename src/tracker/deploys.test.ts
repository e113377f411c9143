import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { gated } from "./gated-generator.testing.ts";
import { memoryCluster, until } from "./memory-cluster.testing.ts";
import type { DownloadStatus } from "./status.ts";

const isReady = ({ download }: DownloadStatus) => download.state === "ready";
const isRunning = ({ download }: DownloadStatus) => download.state === "processing";

/** Midway through a deploy: both nodes make "csv", only the new one makes "pdf". */
async function twoReleases({ oldPlaces = 1, newPlaces = 1 } = {}) {
  const csv = gated("csv", 1);
  const pdf = gated("pdf", 1);
  const cluster = memoryCluster([]);
  after(() => cluster.close());
  const old = await cluster.node("old", { capacity: oldPlaces, generators: [csv.generator] });
  const next = await cluster.node("new", {
    capacity: newPlaces,
    generators: [csv.generator, pdf.generator],
  });
  // A node's announcement reaches the other a moment later.
  for await (const { nodes } of old.watchCluster(AbortSignal.timeout(10_000))) if (nodes.length === 2) break;
  return { csv, pdf, cluster, old, next };
}

describe("two releases side by side", () => {
  it("suggest a retry if another node can make the kind, and report unknown kinds", async () => {
    const { old } = await twoReleases();
    await assert.rejects(old.start({ user: "ann", kind: "pdf" }), { code: "unavailable", retriable: true });
    await assert.rejects(old.start({ user: "ann", kind: "xml" }), { code: "unknown-kind" });
  });

  it("report the kind as unknown once the only node that can make it is gone", async () => {
    const { old, next } = await twoReleases();
    await next.close();
    await assert.rejects(old.start({ user: "ann", kind: "pdf" }), { code: "unknown-kind" });
  });

  it("let downloads that this node can't make block no others", async () => {
    const { csv, pdf, old, next } = await twoReleases();
    await next.start({ user: "u0", kind: "pdf" });
    await until(next, "u0", isRunning);
    await next.start({ user: "u1", kind: "pdf" });
    await next.start({ user: "u2", kind: "pdf" });
    const { status } = await old.start({ user: "u3", kind: "csv" });
    assert.equal(status.download.state, "processing");
    const waiting = await old.start({ user: "u4", kind: "csv" });
    assert.equal(waiting.status.position, 1);
    csv.pass(2);
    pdf.pass(3);
    for (const user of ["u0", "u1", "u2", "u3", "u4"]) await until(old, user, isReady);
  });

  it("continue downloads of the departing release if the other one can make them", async () => {
    const { csv, pdf, old, next, cluster } = await twoReleases();
    await old.start({ user: "u0", kind: "csv" });
    await until(next, "u0", isRunning);
    cluster.crash(old);
    await until(next, "u0", ({ node }) => node?.startsWith("new/") ?? false);
    csv.pass(2); // one of these resumes the run on the dead node
    await until(next, "u0", isReady);
    assert.equal(pdf.starts, 0);
  });
});

describe("a node without inline capacity", () => {
  it("claims no inline kinds, and others do not wait for it to claim", async () => {
    const work = gated("inline", 1);
    const cluster = memoryCluster([work.generator]);
    after(() => cluster.close());
    const none = await cluster.node("none", { inlineCapacity: 0 });
    const { status } = await none.start({ user: "ann", kind: "inline" });
    assert.equal(status.download.state, "pending");
    work.pass(1);
    await cluster.node("some", { inlineCapacity: 1 });
    await until(none, "ann", isReady);
  });
});
