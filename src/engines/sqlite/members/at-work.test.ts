import assert from "node:assert/strict";
import { test } from "node:test";
import { testMember } from "../../../ports/contracts/membership-contract.ts";
import { AtWork } from "./at-work.ts";

/** No system has process ids this high. */
const NO_PROCESS = 2 ** 30;

function announced(name: string, pid: number) {
  return { member: testMember(name), revision: 0, peer: `peer-${name}`, address: null, pid, mark: null };
}

function setUp() {
  let now = 0;
  const timers: { ms: number; fire: () => void }[] = [];
  const clock = {
    monotonic: () => now,
    after: (ms: number, fire: () => void) => {
      timers.push({ ms, fire });
      return () => {};
    },
  };
  const gone: string[] = [];
  const abort = new AbortController();
  const atWork: AtWork = new AtWork(clock, abort.signal, (node) => {
    gone.push(node);
    atWork.forget(node);
  });
  /** Fires the pending timer, and returns its duration. */
  const pass = () => {
    const { ms, fire } = timers.shift()!;
    now += ms;
    fire();
    return ms;
  };
  return { atWork, gone, abort, timers, pass };
}

test("members at work are checked every few milliseconds, until a second after their last sign", () => {
  const { atWork, gone, timers, pass } = setUp();
  atWork.saw("one", announced("one", process.pid));
  atWork.saw("one", announced("one", process.pid));
  assert.equal(timers.length, 1, "one timer, however many signs");
  let passedMs = 0;
  while (timers.length > 0) passedMs += pass();
  assert.ok(passedMs >= 1_000 && passedMs < 1_010, `${passedMs}`);
  assert.deepEqual(gone, []);
  atWork.saw("one", announced("one", process.pid));
  assert.equal(timers.length, 1);
});

test("a member whose process is gone is reported once", () => {
  const { atWork, gone, timers } = setUp();
  atWork.saw("two", announced("two", NO_PROCESS));
  assert.deepEqual([gone, timers], [["two"], []]);
});

test("no member is checked after the signal", () => {
  const { atWork, gone, abort, timers, pass } = setUp();
  atWork.saw("one", announced("one", process.pid));
  abort.abort();
  pass();
  atWork.saw("two", announced("two", NO_PROCESS));
  assert.deepEqual([gone, timers], [[], []]);
});
