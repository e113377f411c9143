import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { type TestContext, test } from "node:test";
import { ann, postJson, testApp } from "../../src/http/app.testing.ts";
import { createListener } from "../../src/http/listener.ts";
import { readEvents } from "../../src/http/read-events.testing.ts";

const BYTES = new Uint8Array(8_000_000).map((_, index) => (index * 7) % 253);

async function serving(context: TestContext, change: Parameters<typeof testApp>[0] = {}) {
  const parts = testApp(change);
  const server = createServer(createListener(parts.app)).listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { ...parts, server, port, origin: `http://127.0.0.1:${port}` };
}

/** Resolves when the condition holds; checked on every turn of the event loop. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

test("a whole file and a range of it arrive unchanged", async (context) => {
  const { carryout, origin } = await serving(context);
  const { download } = carryout.putFile("ann", "a.csv", BYTES, { id: "x" });
  const url = `${origin}/downloads/x/a.csv`;
  const whole = await fetch(url, { headers: ann });
  assert.equal(whole.headers.get("content-length"), "8000000");
  const digest = createHash("sha256").update(new Uint8Array(await whole.arrayBuffer()));
  assert.equal(digest.digest("hex"), download.file?.sha256);

  const part = await fetch(url, { headers: { ...ann, Range: "bytes=1000000-4999999" } });
  assert.equal(part.status, 206);
  assert.deepEqual(new Uint8Array(await part.arrayBuffer()), BYTES.slice(1_000_000, 5_000_000));

  const head = await fetch(url, { method: "HEAD", headers: ann });
  assert.equal(head.headers.get("content-length"), "8000000");
  assert.equal(head.headers.get("transfer-encoding"), null);
});

for (const breakAfter of [65_536, 4_000_000, 7_990_000]) {
  test(`a part missing from byte ${breakAfter} on cuts the connection, never ends the file early`, async (context) => {
    const { carryout, origin } = await serving(context);
    carryout.putFile("ann", "a.csv", BYTES, { id: "x" });
    carryout.breakAfter = breakAfter;
    const broken = async () => (await fetch(`${origin}/downloads/x/a.csv`, { headers: ann })).arrayBuffer();
    await assert.rejects(broken);
    assert.equal(carryout.reading.ended, true);
  });
}

test("reading stops when the client disconnects", async (context) => {
  const { carryout, origin } = await serving(context);
  carryout.putFile("ann", "a.csv", BYTES, { id: "x" });
  const abort = new AbortController();
  const response = await fetch(`${origin}/downloads/x/a.csv`, { headers: ann, signal: abort.signal });
  await response.body?.getReader().read();
  abort.abort();
  await until(() => carryout.reading.ended);
});

test("a client that does not read pauses the reading", async (context) => {
  const { carryout, port, server } = await serving(context);
  const { download } = carryout.putFile("ann", "a.csv", new Uint8Array(1), { id: "x" });
  const size = 2 ** 31;
  if (download.file) download.file.size = size;
  let given = 0;
  carryout.read = async function* () {
    for (const chunk = new Uint8Array(65_536); ; given += chunk.byteLength) yield chunk;
  };
  const answered = once(server as Server, "request") as Promise<[IncomingMessage, ServerResponse]>;
  const asking = request({ port, path: "/downloads/x/a.csv", headers: ann }).end();
  const [response] = (await once(asking, "response")) as [IncomingMessage];
  response.pause();
  const [, outgoing] = await answered;
  let heldTurns = 0;
  await until(() => {
    heldTurns = outgoing.writableNeedDrain ? heldTurns + 1 : 0;
    return heldTurns > 200;
  });
  assert.ok(given < size / 4, `${given} bytes were read`);
  response.destroy();
});

test("events arrive as they happen, and the watch ends with the connection", async (context) => {
  const { carryout, origin } = await serving(context);
  const abort = new AbortController();
  const response = await fetch(`${origin}/downloads/events`, { headers: ann, signal: abort.signal });
  const events = readEvents(response);
  assert.equal((await events.event())?.name, "snapshot");
  carryout.put({ id: "x" });
  assert.equal((await events.event())?.data.id, "x");
  abort.abort();
  await until(() => carryout.watchers === 0);
});

test("events end cleanly when the node closes", async (context) => {
  const { carryout, origin } = await serving(context);
  const events = readEvents(await fetch(`${origin}/downloads/events`, { headers: ann }));
  await events.event();
  await carryout.close();
  assert.equal(await events.next(), null);
});

test("a stopping node closes the connection, so that the next attempt can reach another", async (context) => {
  const { carryout, origin } = await serving(context);
  const events = await fetch(`${origin}/downloads/events`, { headers: ann });
  assert.equal(events.headers.get("connection"), "close");
  await events.body?.cancel();
  carryout.troubled = "draining";
  const refused = await fetch(`${origin}/downloads/events`, { headers: ann });
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("connection"), "close");
  const other = await fetch(`${origin}/downloads`, { headers: ann });
  assert.equal(other.headers.get("connection"), "keep-alive");
});

test("a body over the limit is refused while it is still being sent", async (context) => {
  const { carryout, port } = await serving(context, { maxBodyBytes: 1_000 });
  const headers = { ...ann, "Content-Type": "application/json" };
  const sending = request({ port, path: "/downloads", method: "POST", headers });
  // The server may close the connection while the rest is still being sent.
  sending.on("error", () => {});
  sending.write("x".repeat(5_000));
  const [response] = (await once(sending, "response")) as [IncomingMessage];
  assert.equal(response.statusCode, 413);
  assert.deepEqual(carryout.requests, []);
  sending.destroy();
});

test("a malformed request is answered 400 with a problem document", async (context) => {
  const { port } = await serving(context);
  const socket = connect(port, "127.0.0.1");
  socket.write("GET /a\\b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  assert.match(answer, /^HTTP\/1\.1 400 /);
  assert.match(answer, /application\/problem\+json/);
});

test("POST, GET and DELETE over a real connection leave the global Request and Response untouched", async (context) => {
  const before = [globalThis.Request, globalThis.Response];
  const { origin } = await serving(context);
  const started = await fetch(`${origin}/downloads`, postJson({ kind: "fake" }));
  assert.equal(started.status, 202);
  const url = `${origin}${started.headers.get("location")}`;
  assert.equal((await fetch(url, { headers: ann })).status, 200);
  assert.equal((await fetch(url, { method: "DELETE", headers: ann })).status, 204);
  assert.equal((await fetch(url, { headers: ann })).status, 404);
  assert.deepEqual([globalThis.Request, globalThis.Response], before);
});
