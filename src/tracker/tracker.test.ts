import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { z } from "zod";
import { CarryoutError, UnavailableError, UserError } from "../errors.ts";
import { defineGenerator } from "../generator/generator.ts";
import { gated } from "./gated-generator.testing.ts";
import { memoryCluster, textOf, until } from "./memory-cluster.testing.ts";
import type { DownloadStatus } from "./status.ts";

const isReady = ({ download }: { download: { state: string } }) => download.state === "ready";

describe("tracker", () => {
  it("makes a file, and serves it from another node", async () => {
    const work = gated();
    const cluster = memoryCluster([work.generator]);
    after(() => cluster.close());
    const [a, b] = [await cluster.node("a"), await cluster.node("b")];
    const { status, joined } = await a.start({ user: "ann", kind: "gated" });
    assert.equal(joined, false);
    assert.equal(status.download.state, "processing");
    work.pass(4);
    const ready = await until(b, "ann", isReady);
    assert.equal(await textOf(b, ready), "line 0\nline 1\nline 2\nline 3\n");
    assert.equal(ready.download.progress.fraction, 1);
    assert.equal(await b.fetch("bob", ready.download.id), null);
  });

  it("resumes from the checkpoint on another node after a death, keeping the bytes", async () => {
    const work = gated();
    const cluster = memoryCluster([work.generator]);
    after(() => cluster.close());
    const [a, b] = [await cluster.node("a"), await cluster.node("b")];
    const { status } = await a.start({ user: "ann", kind: "gated" });
    work.pass(2);
    await cluster.saved(status.download, 2);
    cluster.crash(a);
    const moved = await until(b, "ann", ({ download }) => download.epoch === 2);
    assert.match(moved.node ?? "", /^b\//);
    assert.equal(moved.download.handovers, 1);
    work.pass(10); // some of these wake the zombie: nothing it does may count
    const ready = await until(b, "ann", isReady);
    assert.deepEqual(work.resumedAt, [0, 2]);
    assert.equal(await textOf(b, ready), "line 0\nline 1\nline 2\nline 3\n");
    assert.equal(ready.download.epoch, 2);
  });

  it("hands over during a drain without counting it as a failure", async () => {
    const work = gated();
    const cluster = memoryCluster([work.generator]);
    after(() => cluster.close());
    const [a, b] = [await cluster.node("a"), await cluster.node("b")];
    const { status } = await a.start({ user: "ann", kind: "gated" });
    work.pass(1);
    await cluster.saved(status.download, 1);
    assert.equal(await b.drainNode("a"), "asked");
    const moved = await until(b, "ann", ({ download }) => download.epoch === 2);
    assert.equal(moved.download.failures + moved.download.handovers, 0);
    work.pass(10);
    assert.equal(await textOf(b, await until(b, "ann", isReady)), "line 0\nline 1\nline 2\nline 3\n");
    assert.equal(a.draining, true);
  });

  it("does not wait during a drain if everything is saved", async () => {
    const work = gated();
    const cluster = memoryCluster([work.generator], { drainMs: 3_600_000 });
    after(() => cluster.close());
    const [a, b] = [await cluster.node("a"), await cluster.node("b")];
    const { status } = await a.start({ user: "ann", kind: "gated" });
    work.pass(1);
    await cluster.saved(status.download, 1);
    assert.equal(await b.drainNode("a"), "asked");
    await until(b, "ann", ({ download }) => download.epoch === 2);
    work.pass(10);
    await until(b, "ann", isReady);
    assert.deepEqual(work.resumedAt, [0, 1]);
  });

  it("joins an equal request, refuses a different one, keeps a finished download when the next one starts", async () => {
    const work = gated();
    const other = gated("other");
    const cluster = memoryCluster([work.generator, other.generator]);
    after(() => cluster.close());
    const [a, b] = [await cluster.node("a"), await cluster.node("b")];
    const first = await a.start({ user: "ann", kind: "gated" });
    const second = await b.start({ user: "ann", kind: "gated" });
    assert.equal(second.joined, true);
    assert.equal(second.status.download.id, first.status.download.id);
    await assert.rejects(b.start({ user: "ann", kind: "other" }), (error: CarryoutError) => {
      assert.equal(error.code, "download-in-progress");
      return true;
    });
    work.pass(4);
    const ready = await until(b, "ann", isReady);
    const again = await b.start({ user: "ann", kind: "other" });
    assert.notEqual(again.status.download.id, ready.download.id);
    const listed = (await a.list("ann")).map(({ download }) => download.id);
    assert.deepEqual(listed, [again.status.download.id, ready.download.id]);
    assert.equal(await textOf(a, ready), "line 0\nline 1\nline 2\nline 3\n");
  });

  it("lets readers of a file continue, on any node, when the same file is requested again", async () => {
    const work = gated();
    const cluster = memoryCluster([work.generator]);
    after(() => cluster.close());
    const [a, b] = [await cluster.node("a"), await cluster.node("b")];
    await a.start({ user: "ann", kind: "gated" });
    work.pass(4);
    const first = await until(a, "ann", isReady);
    const file = first.download.file ?? assert.fail("it is ready");
    const reading = a.read(file)[Symbol.asyncIterator]();
    await reading.next();
    const again = await b.start({ user: "ann", kind: "gated" });
    assert.notEqual(again.status.download.id, first.download.id);
    let left = "";
    for (let next = await reading.next(); !next.done; next = await reading.next()) left += next.value;
    assert.notEqual(left, "");
    for (const node of [a, b]) {
      const kept = await node.fetch("ann", first.download.id);
      assert.equal(
        await textOf(node, kept ?? assert.fail("it is found")),
        "line 0\nline 1\nline 2\nline 3\n",
      );
      assert.equal(await node.fetch("bob", first.download.id), null);
      assert.deepEqual(
        (await node.list("ann")).map(({ download }) => download.id),
        [again.status.download.id, first.download.id],
      );
    }
    // Its user may still dismiss it at once.
    assert.equal(await b.remove("ann", first.download.id), true);
    await assert.rejects(textOf(a, first), { code: "missing-part" });
  });

  it("keeps a user's newest finished downloads up to the limit, and offers no others", async () => {
    const work = gated();
    const cluster = memoryCluster([work.generator], { keepPerUser: 2 });
    after(() => cluster.close());
    const [a, b] = [await cluster.node("a"), await cluster.node("b")];
    work.pass(100);
    const made: DownloadStatus[] = [];
    for (const slot of ["one", "two", "three"]) {
      await a.start({ user: "ann", slot, kind: "gated" });
      made.push(await until(a, "ann", ({ download }) => download.slot === slot && isReady({ download })));
    }
    const gone = made[0]?.download.id;
    for await (const event of b.watch("ann", AbortSignal.timeout(5_000))) {
      const isTold = event.type === "removed" && event.id === gone;
      if (
        isTold ||
        (event.type === "snapshot" && !event.downloads.some(({ download }) => download.id === gone))
      )
        break;
    }
    assert.deepEqual((await b.list("ann")).map(({ download }) => download.slot).sort(), ["three", "two"]);
    assert.equal(await textOf(b, made[0]!), "line 0\nline 1\nline 2\nline 3\n", "who is fetching it goes on");
  });

  it("removes all of a user's downloads, also when it is interrupted and repeated; watchers see all of them go", async () => {
    const work = gated();
    const cluster = memoryCluster([work.generator]);
    after(() => cluster.close());
    const [a, b] = [await cluster.node("a"), await cluster.node("b")];
    work.pass(100);
    const slots = ["one", "two", "three"];
    for (const slot of slots) {
      await a.start({ user: "ann", slot, kind: "gated" });
      await until(a, "ann", ({ download }) => download.slot === slot && isReady({ download }));
    }
    const made = new Set((await a.list("ann")).map(({ download }) => download.id));
    const stop = new AbortController();
    const events = b.watch("ann", stop.signal)[Symbol.asyncIterator]();
    assert.equal((await events.next()).value?.type, "snapshot");
    const { marks } = cluster.repo;
    const remove = marks.delete.bind(marks);
    const interrupted = () => {
      marks.delete = remove;
      throw new UnavailableError("disconnected");
    };
    marks.delete = interrupted;
    await assert.rejects(a.removeAll("ann"), { code: "unavailable" });
    const left = await a.list("ann");
    assert.equal(left.length, slots.length - 1, "the first is gone, though nobody was notified");
    assert.equal(await a.removeAll("ann"), left.length);
    for (const id of made) await a.remove("ann", id);
    for (const gone = new Set<string>(); gone.size < made.size; ) {
      const { value } = await events.next();
      if (value?.type === "removed" && made.has(value.id)) gone.add(value.id);
    }
    stop.abort();
  });

  it("stops offering a file whose bytes were removed from outside, once a reader has requested it", async () => {
    const work = gated();
    const cluster = memoryCluster([work.generator]);
    after(() => cluster.close());
    const [a, b] = [await cluster.node("a"), await cluster.node("b")];
    await a.start({ user: "ann", kind: "gated" });
    work.pass(4);
    const ready = await until(a, "ann", isReady);
    const { id } = ready.download;
    await a.reportMissing("ann", id);
    await a.reportMissing("bob", id);
    assert.equal((await a.fetch("ann", id))?.download.state, "ready", "it is whole");
    await cluster.files.remove(ready.download.file!.parts[2]!.key);
    await a.reportMissing("ann", id);
    const gone = await until(b, "ann", ({ download }) => download.state === "error");
    const { error, file, progress } = gone.download;
    assert.deepEqual([error?.code, error?.retriable, file], ["file-lost", true, null]);
    assert.ok((progress.fraction ?? 0) < 1);
  });

  it("creates one download from many equal requests to all nodes at once", async () => {
    const work = gated();
    const cluster = memoryCluster([work.generator]);
    after(() => cluster.close());
    const nodes = [await cluster.node("a"), await cluster.node("b"), await cluster.node("c")];
    const asked = nodes.flatMap((node) =>
      Array.from({ length: 20 }, () => node.start({ user: "ann", kind: "gated" })),
    );
    const answers = await Promise.all(asked);
    assert.equal(new Set(answers.map(({ status }) => status.download.id)).size, 1);
    assert.equal(answers.filter(({ joined }) => !joined).length, 1);
    assert.equal(work.starts, 1);
  });

  it("runs the oldest request first, and reports the position in the queue", async () => {
    const work = gated();
    const cluster = memoryCluster([work.generator]);
    after(() => cluster.close());
    const a = await cluster.node("a", { capacity: 1 });
    for (const user of ["u0", "u1", "u2"]) await a.start({ user, kind: "gated" });
    const [second] = await a.list("u2");
    assert.equal(second?.position, 2);
    assert.equal(second?.download.state, "pending");
    work.pass(4);
    await until(a, "u0", isReady);
    await until(a, "u1", ({ download }) => download.state === "processing");
    assert.equal((await until(a, "u2", ({ position }) => position === 1)).download.state, "pending");
  });

  it("stops the generator and removes the bytes when the user cancels at another node", async () => {
    const work = gated();
    const cluster = memoryCluster([work.generator]);
    after(() => cluster.close());
    const [a, b] = [await cluster.node("a"), await cluster.node("b")];
    const { status } = await a.start({ user: "ann", kind: "gated" });
    work.pass(2);
    await cluster.saved(status.download, 2);
    assert.equal(await b.remove("ann", status.download.id), true);
    assert.equal(await b.remove("ann", status.download.id), false);
    assert.deepEqual(await a.list("ann"), []);
    const stop = new AbortController();
    for await (const view of a.watchCluster(stop.signal)) if (view.unfinished === 0) stop.abort();
    await a.close();
    const left = [];
    for await (const part of cluster.files.list("")) left.push(part);
    assert.deepEqual(left, []);
  });

  it("retries a failed attempt, and gives up with the reason", async () => {
    let attempts = 0;
    const failing = defineGenerator({
      kind: "failing",
      isolation: "inline",
      maxFailures: 2,
      file: { name: "x", type: "text/plain" },
      run() {
        attempts++;
        throw new Error(`no luck ${attempts}`);
      },
    });
    const cluster = memoryCluster([failing]);
    after(() => cluster.close());
    const a = await cluster.node("a");
    await a.start({ user: "ann", kind: "failing" });
    const failed = await until(a, "ann", ({ download }) => download.state === "error");
    assert.equal(attempts, 2);
    assert.deepEqual(failed.download.error, {
      code: "generation-failed",
      message: `The file could not be generated. Reference: ${failed.download.id}`,
      retriable: true,
    });
  });

  it("retries a failed download with its own parameters, once however many retries are requested", async () => {
    let broken = true;
    const seen: unknown[] = [];
    const flaky = defineGenerator({
      kind: "flaky",
      isolation: "inline",
      maxFailures: 1,
      params: z.object({ seen: z.number() }).transform(({ seen }) => ({ seen: seen + 1 })),
      file: { name: "x", type: "text/plain" },
      async run({ params, write }) {
        seen.push(params);
        if (broken) throw new Error("no luck");
        await write("x");
      },
    });
    const cluster = memoryCluster([flaky]);
    after(() => cluster.close());
    const [a, b] = [await cluster.node("a"), await cluster.node("b")];
    await a.start({ user: "ann", kind: "flaky", slot: "s", params: { seen: 6 } });
    const { download: failed } = await until(a, "ann", ({ download }) => download.state === "error");
    broken = false;
    assert.equal(await b.retry("bob", failed.id), null);
    const answers = await Promise.all([a.retry("ann", failed.id), b.retry("ann", failed.id)]);
    const again = answers[0]!.status.download;
    assert.equal(answers[1]!.status.download.id, again.id);
    assert.deepEqual([again.slot, again.kind, again.params], ["s", "flaky", { seen: 7 }]);
    assert.notEqual(again.id, failed.id);
    await until(a, "ann", isReady);
    assert.deepEqual(seen, [{ seen: 7 }, { seen: 7 }]);
    await assert.rejects(b.retry("ann", again.id), { code: "not-failed" });
  });

  it("aborts the signal at a deadline, and lets the generator clean up", async () => {
    const notes: string[] = [];
    const silent = defineGenerator({
      kind: "silent",
      isolation: "inline",
      stallMs: 1,
      maxFailures: 1,
      file: { name: "a", type: "text/plain" },
      async run({ signal }) {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        notes.push("aborted");
        await new Promise(setImmediate);
        notes.push("tidied up");
      },
    });
    const cluster = memoryCluster([silent]);
    after(() => cluster.close());
    const node = await cluster.node("a");
    await node.start({ user: "ann", kind: "silent" });
    const { download } = await until(node, "ann", ({ download }) => download.state === "error");
    assert.equal(download.error?.code, "generation-stalled");
    assert.deepEqual(notes, ["aborted", "tidied up"]);
  });

  it("shows only messages of errors that are meant for the user", async () => {
    const secret = "connect ECONNREFUSED postgres://app:hunter2@db.internal";
    const told: [thrown: unknown, message: RegExp, retriable: boolean][] = [
      [new UserError("You have no\norders."), /^You have no orders\.$/, false],
      [new UserError("Not now.", { retriable: true, cause: new Error(secret) }), /^Not now\.$/, true],
      [
        Object.assign(new Error("No such year."), { expose: true, retriable: false }),
        /^No such year\.$/,
        false,
      ],
      [Object.assign(new Error(secret), { retriable: false }), /^The file could not be generated/, false],
      [new CarryoutError("store-unusable", secret), /^The file could not be generated/, false],
      [secret, /^The file could not be generated/, true],
      [undefined, /^The file could not be generated/, true],
      [
        Object.freeze({
          get message() {
            throw new Error(secret);
          },
        }),
        /^The file could not be generated/,
        true,
      ],
    ];
    const throwing = told.map(([thrown], index) =>
      defineGenerator({
        kind: `throws-${index}`,
        isolation: "inline",
        maxFailures: 1,
        file: { name: "x", type: "text/plain" },
        run() {
          throw thrown;
        },
      }),
    );
    const cluster = memoryCluster(throwing);
    after(() => cluster.close());
    const a = await cluster.node("a");
    for (const [index, [, message, retriable]] of told.entries()) {
      await a.start({ user: "ann", slot: `s${index}`, kind: `throws-${index}` });
      const slot = `s${index}`;
      const failed = await until(
        a,
        "ann",
        ({ download }) => download.slot === slot && download.state === "error",
      );
      assert.match(failed.download.error!.message, message);
      assert.equal(failed.download.error!.retriable, retriable);
      assert.ok(!JSON.stringify(failed).includes("hunter2"));
    }
  });

  it("keeps the record as long as its worker runs, whatever the retention", async () => {
    const work = gated();
    const cluster = memoryCluster([work.generator], { retentionMs: 1, sweepMs: 5 });
    after(() => cluster.close());
    const a = await cluster.node("a");
    const { status } = await a.start({ user: "ann", kind: "gated" });
    for (let line = 1; line <= 3; line++) {
      work.pass(1);
      await cluster.saved(status.download, line);
      const [running] = await a.list("ann");
      assert.equal(running?.download.expiresAt, null);
    }
  });
});
