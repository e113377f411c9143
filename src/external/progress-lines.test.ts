import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type ProgressLine, ProgressLines } from "./progress-lines.ts";

function read(chunks: readonly Buffer[]): { good: ProgressLine[]; bad: string[] } {
  const good: ProgressLine[] = [];
  const bad: string[] = [];
  const lines = new ProgressLines(
    (line) => good.push(line),
    (text) => bad.push(text),
  );
  for (const chunk of chunks) lines.push(chunk);
  lines.end();
  return { good, bad };
}

describe("lines of progress", () => {
  it("are parsed however they are split", () => {
    const text = Buffer.from(
      '{"done":1,"total":2,"message":"größer"}\r\n\n{"done":2,"total":null,"message":null}\nno\n{"done":3}',
    );
    fc.assert(
      fc.property(fc.array(fc.nat(text.length)), (cuts) => {
        const ends = [...cuts.toSorted((a, b) => a - b), text.length];
        const { good, bad } = read(ends.map((end, index) => text.subarray(ends[index - 1] ?? 0, end)));
        assert.deepEqual(good, [
          { done: 1, total: 2, message: "größer" },
          { done: 2, total: null, message: null },
          { done: 3 },
        ]);
        assert.deepEqual(bad, ["no"]);
      }),
    );
  });

  it("are refused if they are anything else", () => {
    const lines = [
      "5",
      "null",
      "[1]",
      "{}",
      '{"done":"1"}',
      '{"done":-1}',
      '{"done":1e999}',
      '{"done":1,"total":"2"}',
      '{"done":1,"message":5}',
      '{"done":1',
    ];
    const { good, bad } = read([Buffer.from(lines.join("\n"))]);
    assert.deepEqual(good, []);
    assert.deepEqual(bad, lines);
  });

  it("are kept up to 4 KiB, and the next line is read normally", () => {
    const { good, bad } = read([
      Buffer.from(`{"done":1,"message":"${"x".repeat(100_000)}`),
      Buffer.from(`${"x".repeat(100_000)}"}\n{"done":2}\n`),
    ]);
    assert.deepEqual(good, [{ done: 2 }]);
    assert.deepEqual(
      bad.map((text) => text.length),
      [4_096],
    );
  });
});
