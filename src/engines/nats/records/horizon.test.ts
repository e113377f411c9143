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

  test("a write that begins later answers; one that was under way does not", async () => {
    const before = write();
    const reached = horizon.reach(asks);
    const after = write();
    before.resolve(5);
    await before.written;
    await turn();
    assert.equal(asked.length, 0);
    after.resolve(6);
    assert.equal(await reached, 6);
    assert.equal(await after.written, 6);
    await turn();
    assert.equal(asked.length, 0);
  });

  test("asks once the writes that were under way are over, if no other has begun", async () => {
    const before = write();
    const reached = horizon.reach(asks);
    await turn();
    assert.equal(asked.length, 0);
    before.resolve(5);
    await turn();
    assert.equal(asked.length, 1);
    asked[0]!.resolve(8);
    assert.equal(await reached, 8);
  });

  test("asks when a write that began later fails, although others hang", async () => {
    write();
    const reached = horizon.reach(asks);
    const failing = write();
    write();
    failing.reject(new Error("no leader"));
    await assert.rejects(failing.written, /no leader/);
    await turn();
    assert.equal(asked.length, 1);
    asked[0]!.reject(new Error("no answer"));
    await assert.rejects(reached, /no answer/);
  });
});
