import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { after, describe, it } from "node:test";
import { systemClock } from "../../src/clock/system.ts";
import { DEFAULT_CONNECTION_LIMITS } from "../../src/http/limits.ts";
import { createListener } from "../../src/http/listener.ts";
import { Refusals } from "../../src/http/refusals.ts";
import { Guard, type GuardOptions } from "../../src/server/guard.ts";
import { silentLog } from "../../src/telemetry/log.ts";

const closing: (() => void)[] = [];
after(() => {
  for (const close of closing) close();
});

async function serving(
  options: Partial<GuardOptions>,
  fetch: () => Response | Promise<Response> = () => new Response("hello"),
  writeTimeoutMs = 60_000,
) {
  const refusals = new Refusals(silentLog, systemClock);
  const stalled = Promise.withResolvers<void>();
  const limits = { ...DEFAULT_CONNECTION_LIMITS, requestTimeoutMs: 30_000, trustProxy: false, refusals };
  const guard = new Guard({ ...limits, ...options });
  const listener = createListener({ fetch }, { writeTimeoutMs, onStalled: () => stalled.resolve() });
  const server = guard.createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const open: Socket[] = [];
  const call = async (words: string | null = "GET / HTTP/1.1\r\nHost: x\r\n\r\n") => {
    const socket = connect(port, "127.0.0.1");
    open.push(socket);
    await once(socket, "connect");
    if (words !== null) socket.write(words);
    return socket;
  };
  closing.push(() => {
    server.close();
    server.closeAllConnections();
    for (const socket of open) socket.destroy();
  });
  return { guard, refusals, call, stalled: stalled.promise };
}

async function firstWords(socket: Socket): Promise<string> {
  const [chunk] = (await once(socket, "data")) as [Buffer];
  return chunk.toString();
}

describe("connections", () => {
  it("are limited per address and in total: excess ones are told so, and may come back later", async () => {
    for (const setting of ["maxConnectionsPerAddress", "maxConnections"]) {
      const { guard, refusals, call } = await serving({ [setting]: 2 });
      const [first, second] = [await call(), await call()];
      assert.match(await firstWords(first), /^HTTP\/1\.1 200 /);
      assert.match(await firstWords(second), /^HTTP\/1\.1 200 /);
      const refused = await text(await call());
      assert.match(
        refused,
        /^HTTP\/1\.1 503 [\s\S]*application\/problem\+json[\s\S]*\r\nRetry-After: \d+\r\n/i,
      );
      assert.match(refused, new RegExp(`"limit":"${setting}"`));
      assert.deepEqual([...refusals.counts()], [[setting, 1]]);
      assert.equal(guard.size, 2);
      first.destroy();
      while (guard.size > 1) await new Promise((resolve) => setImmediate(resolve));
      assert.match(await firstWords(await call()), /^HTTP\/1\.1 200 /);
    }
  });

  it("of a proxy are limited only by the total", async () => {
    const { call } = await serving({ maxConnectionsPerAddress: 1, trustProxy: true });
    for (const socket of [await call(), await call()]) {
      assert.match(await firstWords(socket), /^HTTP\/1\.1 200 /);
    }
  });

  it("that send nothing, or stop in the middle of a header, are ended with a 408", async () => {
    const { refusals, call } = await serving({ requestTimeoutMs: 100 });
    for (const words of [null, "GET / HTTP/1.1\r\nHo"]) {
      assert.match(await text(await call(words)), /^HTTP\/1\.1 408 [\s\S]*"limit":"requestTimeoutMs"/);
    }
    assert.deepEqual([...refusals.counts()], [["requestTimeoutMs", 2]]);
  });

  it("whose header is too large are ended with a 431", async () => {
    const { call } = await serving({ maxHeaderBytes: 1_024 });
    const socket = await call(`GET / HTTP/1.1\r\nHost: x\r\nCookie: ${"x".repeat(2_000)}\r\n\r\n`);
    assert.match(await text(socket), /^HTTP\/1\.1 431 [\s\S]*"limit":"maxHeaderBytes"/);
  });

  it("that send garbage after an answer began get nothing written into it", async () => {
    const body = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from("abc")) });
    const { call } = await serving({}, () => new Response(body));
    const socket = await call();
    let seen = await firstWords(socket);
    while (!seen.includes("abc")) seen += await firstWords(socket);
    socket.write("nonsense\r\n\r\n");
    assert.doesNotMatch(await text(socket), /HTTP|problem/);
  });
});

describe("answers", () => {
  it("of any kind are cut off when the client does not read", async () => {
    const large = () => new Response("x".repeat(64 << 20));
    const { guard, call, stalled } = await serving({}, large, 100);
    const socket = await call(null);
    socket.pause();
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await stalled;
    while (guard.size > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it("that are still being prepared are waited for", async () => {
    const ready = Promise.withResolvers<Response>();
    const { call } = await serving({}, () => ready.promise, 20);
    const socket = await call();
    // Four times as long as a reader would have.
    await new Promise((resolve) => setTimeout(resolve, 80));
    ready.resolve(new Response("at last"));
    assert.match(await firstWords(socket), /^HTTP\/1\.1 200 /);
  });
});
