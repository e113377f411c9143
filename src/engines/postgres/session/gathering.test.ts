import assert from "node:assert/strict";
import { test } from "node:test";
import { divided, Gathering } from "./gathering.ts";

/** Answers each question with itself in capitals, when it is let. */
function gathered() {
  const batches: { questions: readonly string[]; answer: () => void; fail: (error: Error) => void }[] = [];
  const gathering = new Gathering<string, string>((questions) => {
    const { promise, resolve, reject } = Promise.withResolvers<string[]>();
    const answer = () => resolve(questions.map((question) => question.toUpperCase()));
    batches.push({ questions, answer, fail: reject });
    return promise;
  });
  return { gathering, batches };
}

test("one question goes at once; what is asked meanwhile goes together, afterwards", async () => {
  const { gathering, batches } = gathered();
  const first = gathering.ask("a");
  await Promise.resolve();
  assert.deepEqual(
    batches.map(({ questions }) => questions),
    [["a"]],
  );
  const others = [gathering.ask("b"), gathering.ask("c")];
  await Promise.resolve();
  assert.equal(batches.length, 1, "one statement at a time");
  batches[0]!.answer();
  assert.equal(await first, "A");
  assert.deepEqual(batches[1]!.questions, ["b", "c"]);
  batches[1]!.answer();
  assert.deepEqual(await Promise.all(others), ["B", "C"]);
});

test("an error is that of all questions of its statement, and of no other", async () => {
  const { gathering, batches } = gathered();
  const first = gathering.ask("a");
  const twin = gathering.ask("a");
  await Promise.resolve();
  const later = gathering.ask("b");
  batches[0]!.fail(new Error("no server"));
  await assert.rejects(first, /no server/);
  await assert.rejects(twin, /no server/);
  await Promise.resolve();
  batches[1]!.answer();
  assert.equal(await later, "B");
});

test("a crowd is divided, so that nobody waits for all", async () => {
  const { gathering, batches } = gathered();
  const answers = Array.from({ length: 250 }, (_, index) => gathering.ask(`q${index}`));
  for (let at = 0; at < 3; at += 1) {
    await new Promise(setImmediate);
    batches[at]!.answer();
  }
  assert.equal((await Promise.all(answers)).at(-1), "Q249");
  assert.deepEqual(
    batches.map(({ questions }) => questions.length),
    [100, 100, 50],
  );
});

test("rows are divided by the question that found them", () => {
  const rows = [
    { at: 3, key: "x" },
    { at: 1, key: "y" },
    { at: 3, key: "z" },
  ];
  assert.deepEqual(divided(rows, 3), [[rows[1]], [], [rows[0], rows[2]]]);
});
