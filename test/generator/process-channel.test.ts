import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, Socket } from "node:net";
import { it } from "node:test";
import fc from "fast-check";
import { Channel, FrameReader } from "../../src/generator/process/channel.ts";

async function pair(test: { after(end: () => void): void }): Promise<[Socket, Socket]> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address() as { port: number };
  const near = connect(address.port, "127.0.0.1");
  const [far] = (await once(server, "connection")) as [Socket];
  test.after(() => {
    near.destroy();
    far.destroy();
    server.close();
  });
  return [near, far];
}

/** Records what would be written to a socket. */
function bytesOf(send: (channel: Channel<unknown, unknown>) => void): Buffer {
  const chunks: Uint8Array[] = [];
  const socket = {
    writable: true,
    on() {},
    cork() {},
    uncork() {},
    write: (chunk: Uint8Array) => chunks.push(chunk),
  };
  send(new Channel(socket as unknown as Socket, () => {}));
  return Buffer.concat(chunks);
}

it("delivers every message and its bytes in order, however the stream is split", () => {
  const message = fc.record(
    { text: fc.string({ unit: "grapheme" }), number: fc.integer() },
    { noNullPrototype: true },
  );
  const frames = fc.array(fc.tuple(message, fc.uint8Array({ maxLength: 100 })), { maxLength: 8 });
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (sent, cuts) => {
      const stream = bytesOf((channel) => {
        for (const [text, bytes] of sent) channel.send(text, bytes);
      });
      const received: [unknown, Uint8Array][] = [];
      const reader = new FrameReader((text, bytes) => received.push([text, Uint8Array.from(bytes)]));
      for (let at = 0, turn = 0; at < stream.length; turn++) {
        const end = at + cuts[turn % cuts.length]!;
        reader.push(stream.subarray(at, end));
        at = end;
      }
      assert.deepEqual(received, sent);
    }),
  );
});

it("closes a socket that receives anything else", async (test) => {
  const [near, far] = await pair(test);
  new Channel(near, () => assert.fail("nothing was said"));
  const closed = new Promise((resolve) => near.once("close", resolve));
  far.write(Buffer.alloc(100, 0xff));
  await closed;
});

it("sends nothing to a closed socket", async (test) => {
  const [near, far] = await pair(test);
  const channel = new Channel(near, () => {});
  far.destroy();
  await once(near, "close");
  channel.send({ type: "late" });
});

it("sends the first message at once, gathers others until the event loop goes on, and delivers them in order", async (test) => {
  const [near, far] = await pair(test);
  const { promise: all, resolve } = Promise.withResolvers<void>();
  const received: unknown[] = [];
  new Channel(far, (message, bytes) => {
    received.push([message, bytes.length]);
    if (received.length === 3) resolve();
  });
  const channel = new Channel(near, () => {});
  const depths: number[] = [];
  test.mock.method(near, "write", function (this: Socket, bytes: Uint8Array) {
    depths.push(this.writableCorked);
    return Socket.prototype.write.call(this, bytes);
  });
  channel.sendSoon(1);
  channel.send(2, new Uint8Array(5));
  channel.sendSoon(3);
  assert.equal(near.writableCorked, 1);
  // Each message is written between a cork and an uncork of its own.
  assert.deepEqual(depths, [1, 2, 2, 2]);
  await all;
  assert.equal(near.writableCorked, 0);
  assert.deepEqual(received, [
    [1, 0],
    [2, 5],
    [3, 0],
  ]);
});
