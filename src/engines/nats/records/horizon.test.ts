import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { Horizon } from "./horizon.ts";

describe("Horizon", () => {
  let horizon: Horizon;
  let asked: PromiseWithResolvers<number>[];
  const asks = () => {
    const answer = Promise.withResolvers<number>();
    asked.push(answer);
    return answer.promise;
  };
  const turn = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
  const write = () => {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const written = horizon.writing(() => promise);
    return { resolve, reject, written };
  };

  beforeEach(() => {
    horizon = new Horizon();
    asked = [];
  });

  test("those who come together ask once, those who come during the request ask again", async () => {
    const first = [horizon.reach(asks), horizon.reach(asks)];
    await turn();
    const late = [horizon.reach(asks), horizon.reach(asks)];
    await turn();
    assert.equal(asked.length, 1);
    asked[0]!.resolve(7);
    assert.deepEqual(await Promise.all(first), [7, 7]);
    await turn();
    assert.equal(asked.length, 2);
    asked[1]!.resolve(9);
    assert.deepEqual(await Promise.all(late), [9, 9]);
  });

  test("a write that begins later answers first; one that was under way does not", async () => {
    const before = write();
    const reached = horizon.reach(asks);
    const after = write();
    await turn();
    before.resolve(5);
    assert.equal(await before.written, 5);
    let isReached = false;
    void reached.then(() => (isReached = true));
    await turn();
    assert.equal(isReached, false);
    after.resolve(6);
    assert.equal(await after.written, 6);
    assert.equal(await reached, 6);
    asked[0]!.resolve(7);
    await turn();
    assert.equal(asked.length, 1);
  });

  test("a failed write answers nobody, and a failed request all who share it", async () => {
    const reached = [horizon.reach(asks), horizon.reach(asks)];
    const failing = write();
    failing.reject(new Error("no leader"));
    await assert.rejects(failing.written, /no leader/);
    await turn();
    asked[0]!.reject(new Error("no answer"));
    for (const one of reached) await assert.rejects(one, /no answer/);
    const later = horizon.reach(asks);
    await turn();
    asked[1]!.resolve(1);
    assert.equal(await later, 1);
  });
});
