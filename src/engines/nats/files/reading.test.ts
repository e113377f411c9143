import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as others } from "node:timers/promises";
import { MOST_AHEAD, readAhead } from "./reading.ts";

const CHUNK = 512 * 1024;
const CHUNKS = 40;
const WHOLE = { start: 0, length: CHUNKS * CHUNK, chunkSize: CHUNK };

/** Chunks that are available once let through; counts those that the consumer has not reached. */
function source() {
  const waiting: (() => void)[] = [];
  const asked: number[] = [];
  return {
    asked,
    waiting,
    fetch(number: number): Promise<Uint8Array> {
      asked.push(number);
      return new Promise((resolve) => {
        waiting.push(() => resolve(new Uint8Array(CHUNK).fill(number)));
      });
    },
    async letThrough() {
      for (const answer of waiting.splice(0)) answer();
      await others();
    },
  };
}

test("for a consumer slower than the network, one chunk is prefetched", async () => {
  const { asked, fetch, letThrough } = source();
  const reader = readAhead(WHOLE, fetch);
  let taken = 0;
  for (let chunk = 0; chunk < CHUNKS; chunk += 1) {
    for (let piece = 0; piece < 2; piece += 1) {
      const next = reader.next();
      await letThrough();
      const { value } = await next;
      assert.equal((value as Uint8Array).length, CHUNK / 2);
      await letThrough();
    }
    taken += 1;
    assert.ok(asked.length <= taken + 1, `${asked.length} chunks asked for, ${taken} taken`);
  }
  assert.equal((await reader.next()).done, true);
  assert.deepEqual(
    asked,
    Array.from({ length: CHUNKS }, (_, number) => number),
  );
});

test("however fast the consumer, only a few chunks are requested or kept ahead", async () => {
  const { asked, fetch, waiting } = source();
  const reader = readAhead(WHOLE, fetch);
  let most = 0;
  for (let chunk = 0; chunk < CHUNKS; chunk += 1) {
    const next = reader.next();
    await others();
    // The consumer already waits for a chunk, which is not one of those ahead.
    most = Math.max(most, asked.length - chunk - 1);
    assert.ok(waiting.length <= MOST_AHEAD + 1);
    waiting.shift()?.();
    await next;
    await reader.next();
  }
  assert.equal(most, MOST_AHEAD);
});

test("nothing more is fetched when the consumer stops or leaves", async () => {
  const { asked, fetch, letThrough } = source();
  const reader = readAhead(WHOLE, fetch);
  const next = reader.next();
  await letThrough();
  await next;
  for (let round = 0; round < 20; round += 1) await letThrough();
  const before = asked.length;
  assert.ok(before <= 1 + MOST_AHEAD);
  await reader.return();
  await letThrough();
  assert.equal(asked.length, before);
});

test("a failed chunk ends the reader when it reaches it, and no earlier", async () => {
  const gone = new Error("gone");
  const reader = readAhead(WHOLE, async (number) => {
    if (number >= 2) throw gone;
    return new Uint8Array(CHUNK).fill(number);
  });
  let pieces = 0;
  await assert.rejects(async () => {
    for await (const piece of reader) {
      assert.equal(piece[0], Math.floor(pieces / 2));
      pieces += 1;
    }
  }, gone);
  assert.equal(pieces, 4);
});

test("a span fetches only the chunks it overlaps, and yields its bytes", async () => {
  const content = Uint8Array.from({ length: 100 }, (_, index) => index);
  for (const chunkSize of [1, 7, 10, 99, 100, 1_000]) {
    for (const [start, length] of [
      [0, 100],
      [0, 0],
      [9, 2],
      [10, 10],
      [99, 1],
      [55, 40],
    ] as const) {
      const asked: number[] = [];
      const pieces: Uint8Array[] = [];
      const reader = readAhead({ start, length, chunkSize }, async (number) => {
        asked.push(number);
        return content.slice(number * chunkSize, (number + 1) * chunkSize);
      });
      for await (const piece of reader) pieces.push(piece);
      assert.deepEqual(new Uint8Array(Buffer.concat(pieces)), content.subarray(start, start + length));
      const touched = asked.every((n) => (n + 1) * chunkSize > start && n * chunkSize < start + length);
      assert.ok(touched, `${start}+${length} of ${chunkSize}: ${asked}`);
    }
  }
});
