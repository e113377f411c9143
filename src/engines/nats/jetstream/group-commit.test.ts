import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../../clock/virtual.testing.ts";
import { BatchRefusedError, GroupCommit, type Publication } from "./group-commit.ts";

/** Each request waits until the test answers it. */
function gathered({ takesBatches = true } = {}) {
  const clock = new VirtualClock({ seed: 1 });
  const requests: { subjects: string[]; answer: (sequence: number) => void; fail: (error: Error) => void }[] =
    [];
  const request = (publications: readonly Publication[]) => {
    const { promise, resolve, reject } = Promise.withResolvers<number[]>();
    const answer = (sequence: number) => resolve(publications.map((_, index) => sequence + index));
    requests.push({ subjects: publications.map(({ subject }) => subject), answer, fail: reject });
    return promise;
  };
  const together = new GroupCommit(
    { batches: () => takesBatches, one: async (one) => (await request([one]))[0]!, all: request },
    clock,
  );
  const publish = (subject: string, data = "", isPatient = false) =>
    together.publish({ subject, data, isPatient });
  const sent = async (count: number) => {
    for (let turns = 0; turns < 10 && requests.length < count; turns += 1) await turn();
    return requests[count - 1]!;
  };
  return { clock, requests, publish, sent, subjects: () => requests.map(({ subjects }) => subjects) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("one write goes alone; what is published meanwhile goes together, each subject once, in order", async () => {
  const { publish, sent, subjects } = gathered();
  const first = publish("a");
  await sent(1);
  const others = ["b", "c", "b", "d", "b"].map((subject) => publish(subject));
  await turn();
  assert.deepEqual(subjects(), [["a"]], "one request at a time");
  (await sent(1)).answer(1);
  assert.equal(await first, 1);
  (await sent(2)).answer(10);
  (await sent(3)).answer(20);
  (await sent(4)).answer(30);
  assert.deepEqual(await Promise.all(others), [10, 11, 20, 12, 30]);
  assert.deepEqual(subjects(), [["a"], ["b", "c", "d"], ["b"], ["b"]]);
});

test("what nobody waits for goes with the next batch, or 25 ms after the last one", async () => {
  const { clock, publish, sent, subjects } = gathered();
  const patiently = (subject: string) => publish(subject, "", true);
  const first = patiently("a");
  (await sent(1)).answer(1);
  assert.equal(await first, 1, "after a pause at once");
  const alone = [patiently("b"), patiently("c")];
  await clock.advance(24);
  await turn();
  assert.deepEqual(subjects(), [["a"]]);
  await clock.advance(1);
  (await sent(2)).answer(10);
  assert.deepEqual(await Promise.all(alone), [10, 11]);
  const joined = [patiently("d"), publish("e"), patiently("f")];
  (await sent(3)).answer(20);
  assert.deepEqual(await Promise.all(joined), [20, 21, 22]);
  void patiently("g");
  await clock.advance(25);
  await sent(4);
  assert.deepEqual(subjects(), [["a"], ["b", "c"], ["d", "e", "f"], ["g"]]);
});

test("a refused batch is published one by one, as is what follows for a while", async () => {
  const { clock, requests, publish, sent, subjects } = gathered();
  const writes = ["a", "b", "c"].map((subject) => publish(subject));
  (await sent(1)).fail(new BatchRefusedError(new Error("b is there")));
  await sent(4);
  assert.deepEqual(subjects(), [["a", "b", "c"], ["a"], ["b"], ["c"]]);
  requests[1]!.answer(1);
  requests[2]!.fail(new Error("b is there"));
  requests[3]!.answer(2);
  const results = await Promise.allSettled(writes);
  assert.deepEqual(
    results.map((result) => (result.status === "fulfilled" ? result.value : result.reason.message)),
    [1, "b is there", 2],
  );
  void publish("d");
  void publish("e");
  assert.deepEqual(subjects().slice(4), [["d"], ["e"]]);
  await clock.advance(100);
  void publish("f");
  void publish("g");
  await sent(7);
  assert.deepEqual(subjects().slice(6), [["f", "g"]]);
});

test("an unknown outcome is that of all writes of the batch, and of no other", async () => {
  const { publish, sent, subjects } = gathered();
  const writes = ["a", "b"].map((subject) => publish(subject));
  const first = await sent(1);
  const later = publish("c");
  first.fail(new Error("no answer"));
  for (const write of writes) await assert.rejects(write, /no answer/);
  (await sent(2)).answer(3);
  assert.equal(await later, 3);
  assert.deepEqual(subjects(), [["a", "b"], ["c"]], "whoever wrote it repeats it");
});

test("nobody waits for a slow answer, nor for a large message, nor where there are no batches", async () => {
  const { clock, publish, sent, subjects } = gathered();
  void publish("slow");
  await sent(1);
  void publish("a");
  void publish("b");
  void publish("large", "x".repeat(100_000));
  assert.deepEqual(subjects(), [["slow"], ["large"]]);
  await clock.advance(100);
  await sent(3);
  assert.deepEqual(subjects(), [["slow"], ["large"], ["a", "b"]]);

  const single = gathered({ takesBatches: false });
  void single.publish("a");
  void single.publish("b");
  assert.deepEqual(single.subjects(), [["a"], ["b"]]);
});

test("a batch is limited in messages and bytes", async () => {
  const { requests, publish, sent } = gathered();
  const sizes = [...Array(100).fill(1), 60_000, 60_000, 60_000, 60_000, 60_000];
  const writes = sizes.map((size, index) => publish(`s${index}`, "x".repeat(size)));
  for (const count of [1, 2, 3]) (await sent(count)).answer(1);
  await Promise.all(writes);
  assert.deepEqual(
    requests.map(({ subjects }) => subjects.length),
    [64, 40, 1],
  );
});
