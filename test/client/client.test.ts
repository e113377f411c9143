import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { type CarryoutClient, createClient, type DownloadsState } from "../../src/client/index.ts";
import { at, ready } from "../../src/client/sample.testing.ts";

/** A node with 250 finished downloads and one that runs. */
async function serve(t: TestContext) {
  const open = new Set<ServerResponse>();
  const finished = Array.from({ length: 250 }, (_, index) =>
    ready({ id: `f${index}`, slot: `s${index}`, requestedAt: new Date(1e12 - index * 1e3).toISOString() }),
  );
  const running = at(0.5);
  const limits: number[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://node");
    if (url.pathname === "/downloads/events") {
      response.writeHead(200, { "content-type": "text/event-stream", "carryout-viewer": "ann" });
      const downloads = [running, ...finished.slice(0, 20)];
      response.write(`event: snapshot\ndata: ${JSON.stringify({ downloads })}\n\n`);
      open.add(response);
      response.on("close", () => open.delete(response));
      return;
    }
    const limit = Number(url.searchParams.get("limit") ?? 100);
    if (request.method === "GET") limits.push(limit);
    const downloads = [running, ...finished].slice(0, limit);
    const link = `</downloads?limit=${limit}&after=f1-x>; rel="next"`;
    response.writeHead(200, {
      "content-type": "application/json",
      "carryout-viewer": "ann",
      ...(limit < 251 && { link }),
    });
    response.end(JSON.stringify({ downloads }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const src = `http://127.0.0.1:${(server.address() as AddressInfo).port}/downloads`;
  return { src, open, finished, limits };
}

/** Resolves with the first state, now or later, that is accepted. */
function state(client: CarryoutClient, accept: (state: DownloadsState) => boolean): Promise<DownloadsState> {
  return new Promise((resolve) => {
    const look = () => {
      const current = client.getSnapshot();
      if (!accept(current)) return;
      queueMicrotask(() => unsubscribe());
      resolve(current);
    };
    const unsubscribe = client.subscribe(look);
    look();
  });
}

test("clients of one process share a stream, from the first subscription to the last", async (t) => {
  const { src, open } = await serve(t);
  const [first, second] = [createClient({ src, live: true }), createClient({ src, live: true })];
  assert.equal(open.size, 0, "nobody has subscribed");
  const leave = [first.subscribe(() => {}), second.subscribe(() => {})];
  for (const client of [first, second]) {
    const { downloads, connection } = await state(client, ({ downloads }) => downloads.length === 100);
    assert.deepEqual([downloads[0]?.percent, connection], [50, "open"]);
  }
  assert.equal(open.size, 1);
  const [stream] = open;
  stream!.write(`event: download\ndata: ${JSON.stringify(at(0.75))}\n\n`);
  await state(second, ({ downloads }) => downloads[0]?.percent === 75);
  const ended = once(stream!, "close");
  for (const end of leave) end();
  await ended;
  assert.equal(second.getSnapshot().downloads[0]?.percent, 75, "what is known stays");
});

test("more brings older ones, and they survive a reconnect", async (t) => {
  const { src, open, finished, limits } = await serve(t);
  const client = createClient({ src, live: true });
  t.after(client.subscribe(() => {}));
  await state(client, ({ downloads, hasMore }) => downloads.length === 100 && hasMore);
  await client.more();
  assert.deepEqual([client.getSnapshot().downloads.length, client.getSnapshot().hasMore], [200, true]);
  await client.more();
  assert.deepEqual([client.getSnapshot().downloads.length, client.getSnapshot().hasMore], [251, false]);
  finished.splice(150, 1);
  const [stream] = open;
  stream!.end();
  await state(client, ({ downloads }) => downloads.length === 250);
  assert.ok(!client.getSnapshot().downloads.some(({ id }) => id === "f150"), "what was removed meanwhile");
  assert.deepEqual(new Set(limits), new Set([100, 200, 300]));
});
