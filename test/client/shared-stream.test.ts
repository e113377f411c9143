import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { at } from "../../src/client/sample.testing.ts";
import { SharedStream } from "../../src/client/shared-stream.ts";
import type { StreamMessage } from "../../src/client/stream-message.ts";
import { browserTiming, type Timing } from "../../src/client/timing.ts";

/** Node has Web Locks and BroadcastChannel too: these tabs share for real. */
async function serve(t: TestContext) {
  const open: ServerResponse[] = [];
  const waiting = new Set<() => void>();
  /** The user whose cookie the browser has. */
  const browser = { viewer: "ann" };
  const server = createServer((request, response) => {
    const { viewer } = browser;
    response.writeHead(200, { "content-type": "text/event-stream", "carryout-viewer": viewer });
    if (request.url === "/downloads/viewer") {
      response.end();
      return;
    }
    const downloads = [at(0.5, { id: `${viewer}s` })];
    response.write(`event: snapshot\ndata: ${JSON.stringify({ downloads })}\n\n`);
    open.push(response);
    for (const look of waiting) look();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/downloads/events`;
  /** Resolves once this many streams have been opened. */
  const streams = (count: number) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (open.length >= count) resolve();
      };
      waiting.add(look);
      look();
    });
  return { url, open, browser, streams };
}

interface TabOptions {
  timing?: Timing;
  silenceMs?: number;
  locks?: boolean;
}

function tab(t: TestContext, url: string, options: TabOptions = {}) {
  const { silenceMs = 60_000, ...rest } = options;
  const heard: StreamMessage[] = [];
  const viewers: (string | null)[] = [];
  const waiting = new Set<() => void>();
  const stream = new SharedStream({
    url,
    ...rest,
    silenceMs: () => silenceMs,
    isBusy: () => false,
    onStatus: () => {},
    onViewer: (viewer) => viewers.push(viewer),
    onMessage: (message) => {
      heard.push(message);
      for (const look of waiting) look();
    },
  });
  t.after(() => stream.stop());
  /** Resolves when such a message arrives, or has arrived. */
  const hears = (text: string) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!heard.some((message) => JSON.stringify(message).includes(text))) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { stream, heard, viewers, hears };
}

const removed = `event: removed\ndata: {"id":"a"}\n\n`;

for (const locks of [true, false]) {
  const how = locks ? "Web Locks" : "a channel alone";

  test(`two tabs share one connection, and the second one receives the snapshot (${how})`, async (t) => {
    const server = await serve(t);
    const [first, second] = [tab(t, server.url, { locks }), tab(t, server.url, { locks })];
    first.stream.start();
    await first.hears("snapshot");
    second.stream.start();
    await second.hears("snapshot");
    server.open[0]!.write(removed);
    await Promise.all([first.hears("removed"), second.hears("removed")]);
    assert.equal(server.open.length, 1);
  });

  test(`of twenty tabs opened at once, exactly one ends up reading (${how})`, async (t) => {
    const server = await serve(t);
    const tabs = Array.from({ length: 20 }, () => tab(t, server.url, { locks }));
    for (const { stream } of tabs) stream.start();
    await Promise.all(tabs.map(({ hears }) => hears("snapshot")));
    const living = () => server.open.filter((response) => !response.closed && !response.destroyed);
    for (const response of living()) response.write(removed);
    await Promise.all(tabs.map(({ hears }) => hears("removed")));
    assert.equal(living().length, 1);
  });

  test(`when the leading tab closes, another takes over (${how})`, async (t) => {
    const server = await serve(t);
    const [first, second] = [tab(t, server.url, { locks }), tab(t, server.url, { locks })];
    first.stream.start();
    await first.hears("snapshot");
    second.stream.start();
    await second.hears("snapshot");
    first.stream.stop();
    await server.streams(2);
    server.open[1]!.write(removed);
    await second.hears("removed");
  });

  test(`a tab of another user does not show the leader's downloads, and makes it reconnect (${how})`, async (t) => {
    const server = await serve(t);
    const [first, second] = [tab(t, server.url, { locks }), tab(t, server.url, { locks })];
    first.stream.start();
    await first.hears("anns");
    server.browser.viewer = "bob";
    second.stream.start();
    await Promise.all([second.hears("bobs"), first.hears("bobs")]);
    assert.ok(!JSON.stringify(second.heard).includes("anns"));
    assert.deepEqual([first.viewers.at(-1), second.viewers.at(-1)], ["bob", "bob"]);
  });
}

/** Timers of a tab that fire at once. */
const impatient: Timing = { ...browserTiming, after: (_ms, callback) => browserTiming.after(0, callback) };

test("a tab that holds the lock but has fallen silent is deposed", async (t) => {
  const server = await serve(t);
  const frozen = `carryout ${server.url} `;
  const { promise, resolve } = Promise.withResolvers<void>();
  const lost = navigator.locks.request(frozen, () => promise).catch((error: Error) => error.name);
  t.after(() => resolve());
  const live = tab(t, server.url, { timing: impatient });
  live.stream.start();
  assert.equal(await lost, "AbortError");
  await server.streams(1);
  live.stream.stop();
});

test("a leader that was presumed frozen and comes back yields to its successor", async (t) => {
  const server = await serve(t);
  const channel = new BroadcastChannel(`carryout ${server.url} `);
  t.after(() => channel.close());
  const frozen = { type: "alive", rank: 1.5 };
  const live = tab(t, server.url, { locks: false, timing: impatient });
  channel.postMessage(frozen);
  live.stream.start();
  await server.streams(1);
  const outranked = new Promise<void>((resolve) => {
    channel.onmessage = ({ data }: MessageEvent<{ rank?: number }>) => {
      if ((data.rank ?? 0) > frozen.rank) resolve();
    };
  });
  channel.postMessage(frozen);
  await outranked;
});

test("without Web Locks the tabs elect a leader by channel, without requesting locks in a loop", async (t) => {
  const server = await serve(t);
  const request = t.mock.method(navigator.locks, "request", async () => {
    throw new DOMException("blocked", "SecurityError");
  });
  const [first, second] = [tab(t, server.url), tab(t, server.url)];
  first.stream.start();
  await first.hears("snapshot");
  second.stream.start();
  await second.hears("snapshot");
  assert.equal(server.open.length, 1);
  assert.equal(request.mock.callCount(), 2);
});

test("when no channel can be opened, each tab reads for itself", async (t) => {
  const server = await serve(t);
  const { BroadcastChannel } = globalThis;
  t.after(() => Object.assign(globalThis, { BroadcastChannel }));
  globalThis.BroadcastChannel = class {
    constructor() {
      throw new DOMException("blocked", "SecurityError");
    }
  } as unknown as typeof BroadcastChannel;
  const [first, second] = [tab(t, server.url), tab(t, server.url)];
  first.stream.start();
  second.stream.start();
  await Promise.all([first.hears("snapshot"), second.hears("snapshot")]);
  assert.equal(server.open.length, 2);
});

test("when an anonymous visitor gets a user, tabs that follow learn it from the leader's first message", async (t) => {
  const server = await serve(t);
  server.browser.viewer = "";
  // Nothing that is due later comes.
  const timing: Timing = { ...browserTiming, now: () => 1 };
  const [first, second] = [tab(t, server.url, { timing }), tab(t, server.url, { timing })];
  first.stream.start();
  await first.hears("snapshot");
  second.stream.start();
  await second.hears("snapshot");
  server.browser.viewer = "ann";
  first.stream.renew();
  await second.hears("anns");
});

/** What a leading tab says that nobody sees, and whose timers the browser slows down. */
const lost = { type: "status", status: "waiting", rank: 5, hidden: true };

test("a hidden leader that lost its connection is relieved (Web Locks)", async (t) => {
  const server = await serve(t);
  const { promise, resolve } = Promise.withResolvers<void>();
  const relieved = navigator.locks
    .request(`carryout ${server.url} `, () => promise)
    .catch((error: Error) => error.name);
  t.after(() => resolve());
  const channel = new BroadcastChannel(`carryout ${server.url} `);
  t.after(() => channel.close());
  const live = tab(t, server.url);
  live.stream.start();
  channel.postMessage(lost);
  assert.equal(await relieved, "AbortError");
  await live.hears("snapshot");
});

test("a hidden leader that lost its connection is relieved (a channel alone)", async (t) => {
  const server = await serve(t);
  const channel = new BroadcastChannel(`carryout ${server.url} `);
  t.after(() => channel.close());
  const ranks: number[] = [];
  channel.onmessage = ({ data }: MessageEvent<{ rank?: number }>) => {
    if (data.rank !== undefined) ranks.push(data.rank);
  };
  const live = tab(t, server.url, { locks: false });
  live.stream.start();
  channel.postMessage(lost);
  await live.hears("snapshot");
  assert.ok(
    ranks.every((rank) => rank > lost.rank),
    "by one of a higher rank",
  );
});

test("a clock that is set back does not make a tab wait longer for a silent leader", async (t) => {
  const server = await serve(t);
  const channel = new BroadcastChannel(`carryout ${server.url} `);
  t.after(() => channel.close());
  const waits: number[] = [];
  let set = 0;
  const timing: Timing = {
    ...browserTiming,
    now: () => browserTiming.now() + set,
    after: (ms, callback) => {
      waits.push(ms);
      return browserTiming.after(ms, callback);
    },
  };
  const live = tab(t, server.url, { locks: false, timing });
  // It asks who its own user is, and greets the leader as that.
  const heard = new Promise<void>((resolve) => {
    channel.onmessage = ({ data }) => data.viewer === "ann" && resolve();
  });
  live.stream.start();
  channel.postMessage({ type: "message", viewer: "ann", message: { type: "removed", id: "x" }, rank: 5 });
  await heard;
  set = -3_600_000;
  live.stream.recheck();
  assert.ok((waits.at(-1) ?? 0) <= 65_000, `${waits.at(-1)} ms`);
});
