import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { at } from "./sample.ts";
import { SharedStream } from "./shared-stream.ts";
import type { StreamMessage } from "./stream-message.ts";
import { browserTiming, type Timing } from "./timing.ts";

/** Node has Web Locks and BroadcastChannel too: these tabs share for real. */
async function serve(t: TestContext) {
  const open: ServerResponse[] = [];
  let arrived = Promise.withResolvers<void>();
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`event: snapshot\ndata: ${JSON.stringify({ downloads: [at(0.5)] })}\n\n`);
    open.push(response);
    arrived.resolve();
    arrived = Promise.withResolvers();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/downloads/events`;
  return { url, open, next: () => arrived.promise };
}

function tab(t: TestContext, url: string, timing: Timing = browserTiming, silenceMs = 60_000) {
  const heard: StreamMessage[] = [];
  const waiting = new Set<() => void>();
  const stream = new SharedStream({
    url,
    timing,
    silenceMs: () => silenceMs,
    onStatus: () => {},
    onMessage: (message) => {
      heard.push(message);
      for (const look of waiting) look();
    },
  });
  t.after(() => stream.stop());
  /** Resolves when a message of this type was heard, or has been. */
  const hears = (type: StreamMessage["type"]) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!heard.some((message) => message.type === type)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { stream, heard, hears };
}

test("two tabs share one connection, and the second is greeted with the snapshot", async (t) => {
  const server = await serve(t);
  const [first, second] = [tab(t, server.url), tab(t, server.url)];
  first.stream.start();
  await first.hears("snapshot");
  second.stream.start();
  await second.hears("snapshot");
  server.open[0]!.write(`event: removed\ndata: {"id":"a"}\n\n`);
  await Promise.all([first.hears("removed"), second.hears("removed")]);
  assert.equal(server.open.length, 1);
});

test("when the leading tab goes, the next one takes over", async (t) => {
  const server = await serve(t);
  const [first, second] = [tab(t, server.url), tab(t, server.url)];
  first.stream.start();
  await first.hears("snapshot");
  second.stream.start();
  await second.hears("snapshot");
  const arrival = server.next();
  first.stream.stop();
  await arrival;
  server.open[1]!.write(`event: removed\ndata: {"id":"a"}\n\n`);
  await second.hears("removed");
});

test("a tab that leads but has fallen silent is deposed", async (t) => {
  const server = await serve(t);
  const frozen = `carryout ${server.url} `;
  const { promise, resolve } = Promise.withResolvers<void>();
  const lost = navigator.locks.request(frozen, () => promise).catch((error: Error) => error.name);
  t.after(() => resolve());
  // A tab whose patience passes at once.
  const impatient: Timing = { ...browserTiming, after: (_ms, callback) => browserTiming.after(0, callback) };
  const live = tab(t, server.url, impatient);
  const arrival = server.next();
  live.stream.start();
  assert.equal(await lost, "AbortError");
  await arrival;
  live.stream.stop();
});
