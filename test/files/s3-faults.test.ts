import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { systemClock } from "../../src/clock/system.ts";
import { VirtualClock } from "../../src/clock/virtual.testing.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { FileStore } from "../../src/ports/file-store.ts";
import { Relay } from "../support/relay.ts";
import { S3Server, withoutS3 } from "../support/s3-server.ts";
import { keysIn, openFiles, passing } from "../support/s3-stores.ts";

const MIB = 1024 * 1024;
/** Several requests for a reader. */
const CONTENT = Buffer.alloc(
  20 * MIB,
  Buffer.from(Uint32Array.from({ length: 5_003 }, (_, i) => i * 40_503).buffer),
);

/** For calls during a restart, which takes longer on a busy machine than they are repeated. */
const patient: Clock = { ...systemClock, monotonic: () => 0 };

describe("a server of S3 that fails", { skip: withoutS3 }, () => {
  let server: S3Server;
  before(async () => {
    server = await S3Server.start();
  });
  after(() => server?.stop());

  let relay: Relay;
  let tests = 0;
  const opened: FileStore[] = [];
  beforeEach(async () => {
    relay = await Relay.start(server.port);
    tests += 1;
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
    relay.close();
  });

  async function open(clock: Clock = systemClock, options = ""): Promise<FileStore> {
    const store = await openFiles(server.url(`test-${tests}`, options, relay.endpoint), clock);
    opened.push(store);
    return store;
  }

  test("killed while one part is read and another is stored: both go on when it is back", async () => {
    const store = await open(patient);
    await store.put("a/1/0", CONTENT);
    const reader = store.get("a/1/0")[Symbol.asyncIterator]();
    const first = await reader.next();
    const inTheMiddle = relay.after("up", MIB);
    const stored = store.put("a/1/1", CONTENT);
    await inTheMiddle;
    await server.kill();
    relay.cut();
    const rest = restOf(reader);
    await Promise.all([stored, rest, server.launch()]);
    assertSame(Buffer.concat([first.value as Uint8Array, await rest]), CONTENT);
    assertSame(Buffer.concat(await Array.fromAsync(store.get("a/1/1"))), CONTENT);
    assert.deepEqual((await keysIn(store)).sort(), ["a/1/0", "a/1/1"]);
    assert.equal(store.trouble?.(), null);
  });

  test("connections that break: reader and writer make another, and no byte is missing or twice there", async () => {
    const store = await open();
    const broken = relay.after("up", 5 * MIB).then(() => relay.cut());
    await Promise.all([store.put("a/1/0", CONTENT), broken]);
    const reader = store.get("a/1/0", { start: 7, end: CONTENT.length - 8 })[Symbol.asyncIterator]();
    const chunks = [(await reader.next()).value as Uint8Array];
    for (let cuts = 0; cuts < 3; cuts += 1) {
      relay.cut();
      chunks.push((await reader.next()).value as Uint8Array);
    }
    chunks.push(await restOf(reader));
    assertSame(Buffer.concat(chunks), CONTENT.subarray(7, -7));
  });

  test("frozen: calls end as unavailable when their time is over, and succeed when it thaws", async (t) => {
    const clock = new VirtualClock({ seed: 1 });
    const store = await open(clock);
    await store.put("a/1/0", CONTENT);
    const reader = store.get("a/1/0")[Symbol.asyncIterator]();
    const first = (await reader.next()).value as Uint8Array;
    server.freeze();
    t.after(() => server.thaw());
    const late = { code: "unavailable", message: /: no answer within [\d.]+ s$/ };
    const refused = [
      assert.rejects(store.put("a/1/1", CONTENT), late),
      assert.rejects(restOf(reader), late),
      assert.rejects(Array.fromAsync(store.get("a/1/0")), late),
      assert.rejects(store.remove("a/"), late),
      assert.rejects(keysIn(store), late),
    ];
    await passing(clock, Promise.all(refused));
    assert.match(store.trouble?.()?.message ?? "", /^storing a\/1\/1: no answer/);
    server.thaw();
    // From here on no deadline passes: virtual time stands still.
    await store.put("a/1/2", Buffer.from("x"));
    assert.equal(store.trouble?.(), null);
    const rest = { start: first.length, end: CONTENT.length - 1 };
    const again = await Array.fromAsync(store.get("a/1/0", rest));
    assertSame(Buffer.concat([first, ...again]), CONTENT);
  });

  test("a reader that pauses for an hour is not late, and needs no other connection", async () => {
    const clock = new VirtualClock({ seed: 1 });
    const store = await open(clock);
    const content = CONTENT.subarray(0, 4 * MIB);
    await store.put("a/1/0", content);
    const reader = store.get("a/1/0")[Symbol.asyncIterator]();
    const first = (await reader.next()).value as Uint8Array;
    const { connections } = relay;
    await clock.advance(3_600_000);
    assertSame(Buffer.concat([first, await restOf(reader)]), content);
    assert.equal(relay.connections, connections);
  });

  test("a closed store ends what waits for an answer", async (t) => {
    const store = await open();
    server.freeze();
    t.after(() => server.thaw());
    const stored = store.put("a/1/0", CONTENT);
    const read = Array.fromAsync(store.get("a/1/0"));
    const ended = [assert.rejects(stored, { code: "closed" }), assert.rejects(read, { code: "closed" })];
    await relay.after("up", 1);
    await store.close();
    await Promise.all(ended);
  });

  test("joining parts is stopped in the middle, and leaves the parts", async (t) => {
    const store = await open(systemClock, "delivery=redirect");
    const parts = [0, 1, 2].map((number) => ({ key: `a/1/${number}`, size: 6 * MIB }));
    const bytes = CONTENT.subarray(0, 6 * MIB);
    for (const { key } of parts) await store.put(key, bytes);
    const stop = new AbortController();
    const sha256 = createHash("sha256").update(bytes).update(bytes).update(bytes).digest("hex");
    server.freeze();
    t.after(() => server.thaw());
    const joining = store.direct?.assemble("a/1/3", parts, { sha256, signal: stop.signal });
    const stopped = assert.rejects(joining ?? assert.fail("it delivers"), { code: "aborted" });
    await relay.after("up", 1);
    stop.abort();
    server.thaw();
    await stopped;
    assert.deepEqual((await keysIn(store)).sort(), ["a/1/0", "a/1/1", "a/1/2"]);
  });

  test("away when a node starts: unavailable, with the reason", async () => {
    const clock = new VirtualClock({ seed: 1 });
    relay.close();
    const refused = assert.rejects(open(clock), {
      code: "unavailable",
      message: /^listing all parts: .*ECONNREFUSED/,
    });
    await passing(clock, refused);
  });
});

async function restOf(reader: AsyncIterator<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync({ [Symbol.asyncIterator]: () => reader }));
}

function assertSame(given: Uint8Array, expected: Uint8Array): void {
  assert.equal(given.length, expected.length);
  assert.ok(Buffer.compare(given, expected) === 0, "the bytes differ");
}
