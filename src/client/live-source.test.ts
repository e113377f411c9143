import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { StreamStatus } from "./event-stream.ts";
import { FakeTiming, settle } from "./fake-timing.testing.ts";
import { LiveSource } from "./live-source.ts";
import type { PublicDownload } from "./public-download.ts";
import { ready, sample } from "./sample.testing.ts";
import type { StreamMessage } from "./stream-message.ts";

/** A way to the server on which streams are held back until they end, as some virus scanners do. */
function behindScanner(t: TestContext, change: { holds?: boolean; downloads?: PublicDownload[] } = {}) {
  const timing = new FakeTiming();
  const counts = { streams: 0, questions: 0, unchanged: 0 };
  const way = { holds: true, lists: true, downloads: [sample()], ...counts, ...change };
  const list = (init: RequestInit) => {
    way.questions += 1;
    if (!way.lists) throw new TypeError("network");
    const body = JSON.stringify({ downloads: way.downloads });
    if (new Headers(init.headers).get("if-none-match") === body) {
      way.unchanged += 1;
      return new Response(null, { status: 304 });
    }
    return new Response(body, { headers: { etag: body, "carryout-viewer": "ann" } });
  };
  const stream = (init: RequestInit) => {
    way.streams += 1;
    if (!way.holds) {
      const event = `event: snapshot\ndata: ${JSON.stringify({ downloads: way.downloads.slice(0, 20) })}\n\n`;
      const body = new ReadableStream({ start: (it) => it.enqueue(new TextEncoder().encode(event)) });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    }
    return new Promise<Response>((_resolve, reject) => {
      init.signal!.addEventListener("abort", () => reject(init.signal!.reason));
    });
  };
  const messages: StreamMessage[] = [];
  const statuses: StreamStatus[] = [];
  const viewers: (string | null)[] = [];
  let busy = true;
  const source = new LiveSource({
    url: "/downloads/events",
    timing,
    fetch: (async (url: string, init: RequestInit) =>
      url.endsWith("/events") ? stream(init) : list(init)) as typeof fetch,
    wake: () => () => {},
    silenceMs: () => (busy ? 5_000 : 20_000),
    isBusy: () => busy,
    onViewer: (tag) => viewers.push(tag),
    onStatus: (status) => statuses.push(status),
    onMessage: (message) => {
      messages.push(message);
      busy = message.type === "snapshot" && message.downloads.some(({ state }) => state === "processing");
    },
  });
  source.start();
  t.after(() => source.stop());
  const last = () => JSON.stringify(messages.at(-1));
  return { timing, way, messages, statuses, viewers, last };
}

test("where streams are held back it asks for the list, and shows no loss", async (t) => {
  const { timing, way, statuses, viewers, last } = behindScanner(t);
  await timing.pass(20_000);
  assert.match(last(), /"state":"processing"/);
  assert.deepEqual([statuses.at(-1), viewers.at(-1)], ["open", "ann"]);
  assert.ok(way.unchanged > 0, "what has not changed is not sent again");
  way.downloads = [ready()];
  await timing.pass(5_000);
  assert.match(last(), /"state":"ready"/);
  assert.equal(statuses.at(-1), "open");
});

test("a snapshot without room for all that is finished is completed from the list", async (t) => {
  const finished = Array.from({ length: 30 }, (_, index) =>
    ready({ id: `f${index}`, slot: `s${index}`, requestedAt: new Date(1e12 - index * 1e3).toISOString() }),
  );
  const { timing, messages } = behindScanner(t, { holds: false, downloads: finished });
  await timing.pass(0);
  const [snapshot, older] = messages;
  assert.equal(snapshot?.type === "snapshot" && snapshot.downloads.length, 20);
  assert.deepEqual(older, { type: "older", downloads: finished.slice(20), hasMore: false });
});

test("it asks seldom when nothing runs, and ever more seldom when the server is away", async (t) => {
  const { timing, way } = behindScanner(t);
  way.downloads = [ready()];
  await timing.pass(30_000);
  way.questions = 0;
  await timing.pass(600_000);
  assert.ok(way.questions >= 20 && way.questions <= 60, `${way.questions} questions in ten minutes`);
  way.lists = false;
  await timing.pass(600_000);
  way.questions = 0;
  await timing.pass(600_000);
  assert.ok(way.questions >= 8 && way.questions <= 25, `${way.questions} questions in ten minutes`);
});

test("it goes back to the stream as soon as one brings an event", async (t) => {
  const { timing, way, statuses } = behindScanner(t);
  await timing.pass(30_000);
  way.holds = false;
  await timing.pass(120_000);
  await settle();
  const { questions } = way;
  way.streams = 0;
  await timing.pass(4_000);
  assert.equal(way.questions, questions);
  assert.equal(statuses.at(-1), "open");
});
