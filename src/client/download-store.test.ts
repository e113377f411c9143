import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DownloadStore, type StoreApi } from "./download-store.ts";
import type { Answered, ListPage, StartOutcome, StartRequest } from "./downloads-api.ts";
import { FakeTiming } from "./fake-timing.testing.ts";
import type { Problem } from "./problem.ts";
import type { PublicDownload } from "./public-download.ts";
import { at, ready, sample } from "./sample.testing.ts";

class FakeApi implements StoreApi {
  readonly started: StartRequest[] = [];
  readonly retried: string[] = [];
  readonly removed: string[] = [];
  outcome: Promise<StartOutcome> = Promise.resolve({ type: "accepted", download: sample() });
  removal: Problem | null = null;

  start(request: StartRequest): Promise<StartOutcome> {
    this.started.push(request);
    return this.outcome;
  }

  retry(id: string): Promise<StartOutcome> {
    this.retried.push(id);
    return this.outcome;
  }

  async remove(id: string): Promise<Problem | null> {
    this.removed.push(id);
    return this.removal;
  }

  async list(): Promise<Answered<ListPage>> {
    return { problem: { code: "unreachable", message: "no", retriable: true } };
  }
}

function open() {
  const api = new FakeApi();
  const timing = new FakeTiming();
  const store = new DownloadStore(api, timing);
  const tell = (download: PublicDownload) => store.apply({ type: "download", download });
  const snapshot = (...downloads: PublicDownload[]) => store.apply({ type: "snapshot", downloads });
  const shown = () => store.slot("default").download;
  return { api, timing, store, tell, snapshot, shown };
}

const request = { kind: "cities.pdf", slot: "default" };

test("percent never falls for the same download, and is 100 only when it is ready", () => {
  const fractions = fc.array(fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constant(null)));
  fc.assert(
    fc.property(fractions, (values) => {
      const { tell, shown } = open();
      let last = 0;
      for (const [index, fraction] of values.entries()) {
        tell(at(fraction, { epoch: 1 + (index % 3), node: `n${index % 3}/x` }));
        const percent = shown()?.percent ?? 0;
        assert.ok(percent >= last && percent < 100);
        last = percent;
      }
      tell(ready());
      assert.equal(shown()?.percent, 100);
    }),
  );
});

test("a higher epoch on another node is a move, on the same node a new attempt; the notice passes", async () => {
  const { tell, shown, timing } = open();
  tell(at(0.3));
  assert.equal(shown()?.notice, null);
  tell(at(0.3, { node: "n2/x", epoch: 2 }));
  assert.equal(shown()?.notice, "moved");
  await timing.pass(8_100);
  assert.equal(shown()?.notice, null);
  tell(at(0.3, { node: "n2/x", epoch: 3 }));
  assert.equal(shown()?.notice, "retrying");
});

test("a move is detected even if the download waited in between; the first claim is not a move", () => {
  const { tell, shown } = open();
  tell(sample({ state: "pending", node: null, epoch: 0 }));
  tell(at(0.1));
  assert.equal(shown()?.notice, null);
  tell(at(0.2, { state: "pending", node: null }));
  tell(at(0.2, { node: "n3/x", epoch: 2 }));
  assert.equal(shown()?.notice, "moved");
});

test("a double click is one request", async () => {
  const { api, store, shown } = open();
  await Promise.all([store.start(request), store.start(request)]);
  await store.start(request);
  assert.equal(api.started.length, 1);
  assert.equal(shown()?.id, "a");
});

test("the answer to a request never overrides what the stream has said already", async () => {
  const { api, store, tell, shown } = open();
  const answer = Promise.withResolvers<StartOutcome>();
  api.outcome = answer.promise;
  const starting = store.start(request);
  assert.deepEqual(store.slot("default").starting, { kind: "cities.pdf" });
  tell(ready());
  answer.resolve({ type: "accepted", download: sample() });
  await starting;
  assert.equal(shown()?.state, "ready");
  assert.equal(store.slot("default").starting, null);
});

test("a snapshot of a node that lags behind doesn't take a new download away; a later one does", async () => {
  const { store, snapshot, shown, timing } = open();
  await store.start(request);
  snapshot();
  assert.equal(shown()?.id, "a");
  await timing.pass(5_100);
  snapshot();
  assert.equal(shown(), null);
});

test("a busy slot shows what is running", async () => {
  const { api, store, shown } = open();
  const problem = { code: "download-in-progress", message: "Another one is running.", retriable: false };
  const download = sample({ id: "b", kind: "cities.csv" });
  api.outcome = Promise.resolve({ type: "busy", download, problem });
  await store.start(request);
  assert.equal(shown()?.kind, "cities.csv");
});

test("a refusal is kept for the slot until it is dismissed", async () => {
  const { api, store } = open();
  const problem = { code: "unknown-kind", message: "No such kind", retriable: false };
  api.outcome = Promise.resolve({ type: "refused", problem });
  await store.start(request);
  assert.deepEqual(store.slot("default").problem, problem);
  store.dismissProblem("default");
  assert.equal(store.slot("default").problem, null);
});

test("a removed download does not come back with a late message", async () => {
  const { api, store, tell, snapshot, shown } = open();
  tell(at(0.5));
  await store.remove("a");
  assert.deepEqual(api.removed, ["a"]);
  tell(at(0.6));
  snapshot(at(0.6));
  assert.equal(shown(), null);
});

test("a removal that failed brings it back, with the reason", async () => {
  const { api, store, tell, shown } = open();
  tell(at(0.5));
  api.removal = { code: "unreachable", message: "no", retriable: true };
  await store.remove("a");
  assert.equal(shown()?.id, "a");
  assert.equal(store.slot("default").problem?.code, "unreachable");
});

test("a newer download takes the slot; news of the older one are ignored", () => {
  const { store, tell, shown } = open();
  tell(ready());
  tell(sample({ id: "b", requestedAt: "2026-01-02T03:05:00.000Z" }));
  tell(ready());
  store.apply({ type: "removed", id: "a" });
  assert.equal(shown()?.id, "b");
});

test("retry repeats the request on the server, and the new download still counts as this page's request", async () => {
  const { api, store, tell, shown } = open();
  const asked = { ...request, params: { country: "FR", year: 2026 } };
  await store.start(asked);
  tell(
    sample({
      state: "error",
      node: null,
      error: { code: "generation-failed", message: "no", retriable: true },
    }),
  );
  api.outcome = Promise.resolve({
    type: "accepted",
    download: sample({ id: "b", requestedAt: "2026-01-02T03:05:00.000Z" }),
  });
  await store.retry("a");
  assert.deepEqual([api.started, api.retried], [[asked], ["a"]]);
  assert.equal(shown()?.id, "b");
  assert.equal(store.isAnswerTo("b", { ...request, params: { year: 2026, country: "FR" } }), true);
  assert.equal(store.isAnswerTo("b", { ...request, params: { country: "DE", year: 2026 } }), false);
  assert.equal(store.isAnswerTo("b", { ...asked, kind: "cities.csv" }), false);
  assert.equal(store.isAnswerTo("c", asked), null);
});

test("another viewer sees nothing of the previous one, not even a request accepted a moment ago", async () => {
  const { store, snapshot, shown } = open();
  store.viewerIs("ann");
  await store.start(request);
  store.viewerIs("ann");
  assert.equal(shown()?.id, "a");
  store.viewerIs("bob");
  assert.equal(shown(), null);
  snapshot();
  assert.deepEqual(store.downloads, []);
});

test("an anonymous page that gets a user loses nothing", async () => {
  const { store, shown } = open();
  store.viewerIs(null);
  const starting = store.start(request);
  store.viewerIs("ann");
  assert.equal(store.slot("default").starting?.kind, "cities.pdf");
  await starting;
  assert.equal(shown()?.id, "a");
});

test("a subscriber that fails keeps nothing from the others", (t) => {
  const { store, tell } = open();
  t.mock.method(console, "error", () => {});
  let told = 0;
  store.subscribe(() => {
    throw new Error("no");
  });
  store.subscribe(() => told++);
  tell(at(0.5));
  assert.equal(told, 1);
});

test("a fetched file is remembered", () => {
  const { store, tell, shown } = open();
  tell(ready());
  assert.equal(shown()?.fetched, false);
  store.markFetched("a");
  tell(ready());
  assert.equal(shown()?.fetched, true);
});

test("less silence is allowed while something is unfinished", () => {
  const { store, tell } = open();
  assert.equal(store.silenceMs(), 20_000);
  tell(at(0.5));
  assert.equal(store.silenceMs(), 5_000);
  tell(ready());
  assert.equal(store.silenceMs(), 20_000);
});

test("only a loss of the connection that lasts becomes known", async () => {
  const { store, timing } = open();
  store.setConnection("open");
  store.setConnection("waiting");
  await timing.pass(1_900);
  store.setConnection("open");
  await timing.pass(1_000);
  assert.equal(store.connection, "open");
  store.setConnection("waiting");
  await timing.pass(2_100);
  assert.equal(store.connection, "waiting");
});

test("the server's first state yields to the stream", () => {
  const { store, snapshot, shown } = open();
  store.seed([at(0.5)]);
  assert.equal(shown()?.percent, 50);
  snapshot();
  store.seed([at(0.5)]);
  assert.equal(shown(), null);
});

test("a snapshot that has no room for older finished ones takes none away, and a list of them does", () => {
  const { store, snapshot } = open();
  const finished = Array.from({ length: 25 }, (_, index) =>
    ready({ id: `f${index}`, slot: `s${index}`, requestedAt: new Date(1e12 - index * 1e3).toISOString() }),
  );
  store.seed(finished);
  snapshot(...finished.slice(0, 20));
  assert.equal(store.downloads.length, 25);
  store.apply({ type: "older", downloads: finished.slice(20, 23), hasMore: false });
  assert.deepEqual(
    store.downloads.map(({ id }) => id),
    finished.slice(0, 23).map(({ id }) => id),
  );
  snapshot(...finished.slice(0, 19));
  assert.equal(store.downloads.length, 19, "one with room left is the whole");
});

test("a list that goes on says nothing about those after its last one", () => {
  const { store, snapshot } = open();
  const finished = Array.from({ length: 40 }, (_, index) =>
    ready({ id: `f${index}`, slot: `s${index}`, requestedAt: new Date(1e12 - index * 1e3).toISOString() }),
  );
  snapshot(...finished.slice(0, 20));
  store.apply({ type: "older", downloads: finished.slice(20), hasMore: false });
  assert.equal(store.state.hasMore, false);
  snapshot(...finished.slice(0, 20));
  store.apply({ type: "older", downloads: finished.slice(22, 30), hasMore: true });
  assert.equal(store.state.hasMore, true);
  const ids = store.state.downloads.map(({ id }) => id);
  assert.ok(!ids.includes("f20") && !ids.includes("f21"), "they are gone: the list is beyond them");
  assert.equal(ids.length, 38);
  snapshot(...finished.slice(0, 3));
  assert.deepEqual([store.state.hasMore, store.state.downloads.length], [false, 3]);
});

test("the state is the same object, and nobody is told, while nothing changes", async () => {
  const { api, store, tell, snapshot } = open();
  let told = 0;
  store.subscribe(() => told++);
  snapshot(at(0.5), ready({ id: "b", slot: "other" }));
  const before = store.state;
  assert.equal(told, 1);
  snapshot(at(0.5), ready({ id: "b", slot: "other" }));
  tell(at(0.5));
  assert.deepEqual([store.state === before, told], [true, 1]);
  tell(at(0.6));
  assert.equal(told, 2);
  assert.notEqual(store.state, before);
  assert.equal(store.state.downloads[1], before.downloads[1], "the other one is what it was");
  assert.equal(store.state.slots.other, before.slots.other);
  const problem = { code: "unknown-kind", message: "No such kind", retriable: false };
  api.outcome = Promise.resolve({ type: "refused", problem });
  await store.start({ kind: "other", slot: "other" });
  snapshot(at(0.6), ready({ id: "b", slot: "other" }));
  assert.equal(store.slot("other").problem, problem, "a reconnect takes no problem away");
});

test("it is loaded once the server has told the downloads, and no more for another viewer", () => {
  const { store, snapshot } = open();
  assert.equal(store.state.loaded, false);
  store.seed([]);
  assert.equal(store.state.loaded, true);
  store.viewerIs("ann");
  store.viewerIs("bob");
  assert.deepEqual([store.state.loaded, store.state.viewer], [false, "bob"]);
  snapshot();
  assert.equal(store.state.loaded, true);
});

test("a request with a key is sent even if an equal one runs", async () => {
  const { api, store } = open();
  await store.start(request);
  const outcome = await store.start(request);
  assert.deepEqual([outcome.type, api.started.length], ["accepted", 1]);
  await store.start(request, "again");
  assert.equal(api.started.length, 2);
});

test("a finished one stays beside the newer one of its slot, until it goes itself", async () => {
  const { api, store, tell, snapshot, shown } = open();
  const time = (minute: number) => `2026-01-01T00:0${minute}:00.000Z`;
  const first = ready({ id: "first", requestedAt: time(1) });
  const second = ready({ id: "second", requestedAt: time(2) });
  const third = sample({ id: "third", requestedAt: time(3) });
  const earlier = () => store.state.downloads.filter((view) => view !== shown());
  const ids = () => earlier().map(({ id }) => id);
  tell(first);
  tell(third);
  assert.deepEqual([shown()?.id, ids()], ["third", ["first"]]);
  tell(second);
  assert.deepEqual([shown()?.id, ids()], ["third", ["second", "first"]]);
  store.markFetched("first");
  assert.equal(earlier()[1]?.fetched, true);
  snapshot(third, first);
  assert.deepEqual(ids(), ["first"]);
  await store.remove("first");
  assert.deepEqual([ids(), api.removed], [[], ["first"]]);
  tell(first);
  assert.deepEqual(ids(), [], "what was removed stays away");
  tell(second);
  store.clear();
  assert.deepEqual(ids(), []);
});

test("an earlier one whose removal failed comes back to its place", async () => {
  const { api, store, tell, shown } = open();
  api.removal = { code: "unavailable", message: "Try later.", retryAfterMs: null } as unknown as Problem;
  tell(ready({ id: "first", requestedAt: "2026-01-01T00:01:00.000Z" }));
  tell(sample({ id: "second", requestedAt: "2026-01-01T00:02:00.000Z" }));
  await store.remove("first");
  assert.equal(shown()?.id, "second");
  assert.deepEqual(
    store.state.downloads.map(({ id }) => id),
    ["second", "first"],
  );
});
