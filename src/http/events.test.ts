import assert from "node:assert/strict";
import { test } from "node:test";
import type { Download } from "../download/download.ts";
import { CarryoutError, UnavailableError } from "../errors.ts";
import { ann, testApp } from "./app.testing.ts";
import { readEvents } from "./read-events.testing.ts";

function progressOf(done: number): Download["progress"] {
  return { done, total: 4, message: null, fraction: done / 4, etaMs: null };
}

async function watching(parts = testApp()) {
  const abort = new AbortController();
  const response = await parts.app.request("/downloads/events", { headers: ann, signal: abort.signal });
  return { ...parts, response, abort, events: readEvents(response) };
}

test("retry, then a snapshot, then every change and removal", async () => {
  const parts = testApp();
  parts.carryout.put({ id: "x" });
  const { response, carryout, events } = await watching(parts);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  assert.equal(response.headers.get("cache-control"), "no-store, no-transform");
  assert.equal(response.headers.get("x-accel-buffering"), "no");
  assert.equal(await events.next(), "retry: 1000");

  const snapshot = await events.event();
  assert.equal(snapshot?.name, "snapshot");
  assert.deepEqual(
    snapshot?.data.downloads.map(({ id }: Download) => id),
    ["x"],
  );

  carryout.put({ id: "x", progress: progressOf(2) });
  const change = await events.event();
  assert.equal(change?.name, "download");
  const whole = await (await parts.app.request("/downloads/x", { headers: ann })).json();
  assert.deepEqual(change?.data, whole);

  await carryout.remove("ann", "x");
  assert.deepEqual(await events.event(), { name: "removed", data: { id: "x" } });
  await events.cancel();
});

test("states equal to the last one are not repeated; other users' are not sent", async () => {
  const { carryout, events } = await watching();
  await events.event();
  for (const done of [1, 1, 1, 2]) carryout.put({ id: "x", progress: progressOf(done) });
  carryout.put({ id: "other", user: "bob" });
  carryout.put({ id: "x", progress: progressOf(3) });
  const seen = [await events.event(), await events.event(), await events.event()];
  assert.deepEqual(
    seen.map((event) => event?.data.progress.done),
    [1, 2, 3],
  );
  await events.cancel();
});

test("a comment after 15 s of silence, after 2 s while something runs", async () => {
  const { carryout, clock, events } = await watching();
  await events.event();
  const comment = events.next();
  clock.advance(14_900);
  carryout.put({ id: "x" });
  assert.match((await comment) ?? "", /^event: download/, "no comment came before");

  const soon = events.next();
  clock.advance(2_500);
  assert.match((await soon) ?? "", /^: /);

  carryout.put({ id: "x", state: "error", error: { code: "c", message: "m", retriable: false } });
  assert.match((await events.next()) ?? "", /^event: download/);
  const rare = events.next();
  clock.advance(14_900);
  clock.advance(1_000);
  assert.match((await rare) ?? "", /^: /);
  await events.cancel();
});

test("a reader that takes nothing is owed one frame, not all", async () => {
  const parts = testApp();
  let given = 0;
  parts.carryout.watch = async function* (_user, signal) {
    yield { type: "snapshot", downloads: [] };
    for (; !signal.aborted; given += 1) {
      yield { type: "download", status: parts.carryout.put({ id: "x", progress: progressOf(given) }) };
    }
  };
  const { events, clock } = await watching(parts);
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
  clock.advance(60_000);
  assert.ok(given <= 2, `${given} states were asked for`);
  await events.cancel();
});

test("the watch ends when the client leaves", async () => {
  const left = await watching();
  await left.events.event();
  assert.equal(left.carryout.watchers, 1);
  await left.events.cancel();
  await new Promise(setImmediate);
  assert.equal(left.carryout.watchers, 0);

  const aborted = await watching();
  await aborted.events.event();
  aborted.abort.abort();
  assert.equal(await aborted.events.next(), null);
  assert.equal(aborted.carryout.watchers, 0);
});

test("the stream ends when the node closes", async () => {
  const { carryout, events } = await watching();
  await events.event();
  await carryout.close();
  assert.equal(await events.next(), null);
});

test("the stream ends when the node can't serve for a while, not for a passing trouble", async () => {
  const { carryout, clock, events } = await watching();
  await events.event();
  carryout.troubled = "busy";
  clock.advance(500);
  carryout.troubled = null;
  clock.advance(1_000);
  carryout.put({ id: "x" });
  assert.equal((await events.event())?.name, "download");
  carryout.troubled = "draining";
  clock.advance(1_000);
  assert.equal(await events.next(), null);
  assert.equal(carryout.watchers, 0);
});

test("a stream whose source breaks ends, and the break is logged", async () => {
  const parts = testApp();
  parts.carryout.watch = async function* () {
    yield { type: "snapshot", downloads: [] };
    throw new UnavailableError("engine away");
  };
  const { events } = await watching(parts);
  assert.equal((await events.event())?.name, "snapshot");
  assert.equal(await events.next(), null);
});

test("503 with Retry-After when the node can't serve, before any stream begins", async () => {
  const failures: ((parts: ReturnType<typeof testApp>) => void)[] = [
    ({ carryout }) => {
      carryout.troubled = "draining";
    },
    ({ carryout }) => {
      carryout.failure = new UnavailableError("engine away");
    },
    ({ carryout }) => {
      carryout.failure = new CarryoutError("closed", "closed");
    },
    ({ carryout }) => void carryout.close(),
    // An engine that never answers.
    ({ carryout, clock }) => {
      carryout.watch = () => ({
        [Symbol.asyncIterator]: () => ({
          next: () => {
            setImmediate(() => clock.advance(5_000));
            return new Promise(() => {});
          },
        }),
      });
    },
  ];
  for (const fail of failures) {
    const parts = testApp();
    fail(parts);
    const response = await parts.app.request("/downloads/events", { headers: ann });
    assert.equal(response.status, 503);
    assert.equal(response.headers.get("retry-after"), "1");
    assert.equal(response.headers.get("content-type"), "application/problem+json");
  }
});

test("HEAD: the headers, and no watch", async () => {
  const { app, carryout } = testApp();
  const response = await app.request("/downloads/events", { method: "HEAD", headers: ann });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  assert.equal(carryout.watchers, 0);
});
