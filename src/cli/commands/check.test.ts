import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { runCommandLine } from "../program.ts";

const folder = mkdtempSync(join(tmpdir(), "carryout-check-"));
after(() => rmSync(folder, { recursive: true }));

/** Lines 0 to 9 with a checkpoint after each; `from` is where a resumed run continues. */
const generator = (kind: string, from: string, more = "") => `{
  kind: "${kind}", isolation: "inline", stallMs: 1000, timeoutMs: 1000, memoryMb: 64, checkpointMs: 500, maxFailures: 3,
  file: () => ({ name: "${kind}.txt", type: "text/plain" }),
  async run({ resume = 0, write, checkpoint }) {
    for (let line = ${from}; line < 10; line++) { await write("line " + line + "\\n"); await checkpoint(line + 1); }
  },
  ${more}
}`;
const params = `params: { "~standard": { version: 1, vendor: "test", validate: (given) =>
  given.year === undefined ? { issues: [{ message: "expected a number", path: ["year"] }] } : { value: given } } }`;

let modules = 0;
async function check(generators: readonly string[], ...words: string[]) {
  const file = join(folder, `${modules++}.mjs`);
  writeFileSync(file, `export default [${generators.join(",")}];`);
  const answers: string[] = [];
  const said: string[] = [];
  const terminal = {
    answer: (line: string) => void answers.push(line),
    say: (line: string) => void said.push(line),
    bytes: async () => {},
    redraw: () => {},
    isInteractive: false,
  };
  const code = await runCommandLine(["check", "--generators", file, ...words], {}, terminal);
  return { code, answers, said: said.join("\n") };
}

describe("carryout check", () => {
  const right = generator("right", "resume");
  const wrong = generator("wrong", "0");
  const needy = generator("needy", "resume", params);

  it("says for each kind whether it resumes, and ends with 1 when one does not", async () => {
    const { code, answers } = await check([right, wrong, needy]);
    const [ok, fail, expected, found, ...skip] = answers;
    assert.equal(
      ok,
      "ok    right: 70 bytes, 10 checkpoints; the same file after 200 interruptions, at 10 of them",
    );
    assert.match(
      fail!,
      /^fail {2}wrong: resumed at checkpoint \d+ \(byte \d+, state \d+\), the file differs from byte \d+ on$/,
    );
    assert.match(expected!, /^ {8}uninterrupted: "/);
    assert.match(found!, /^ {8}this run: {6}".*" \| "0\\n"$/);
    assert.deepEqual(skip, [
      "skip  parameters of needy: year: expected a number",
      "      → carryout check needy --params JSON",
    ]);
    assert.equal(code, 1);
  });

  it("ends with 0 when all resume that need no parameters", async () => {
    assert.equal((await check([right, needy], "--runs", "5")).code, 0);
  });

  it("checks one kind with its parameters, and ends with 1 when they are wrong", async () => {
    const { code, answers } = await check(
      [wrong, needy],
      "needy",
      "--params",
      '{"year":2025}',
      "--runs",
      "3",
    );
    assert.equal(code, 0);
    assert.deepEqual(answers.length, 1);
    assert.match(answers[0]!, /^ok {4}needy: .*; the same file after 3 interruptions/);
    assert.equal((await check([needy], "needy")).code, 1);
  });

  it("warns of a kind without checkpoints", async () => {
    const none = right.replace("await checkpoint(line + 1);", "");
    const { code, answers } = await check([none]);
    assert.deepEqual(answers, [
      "warn  right: offers no checkpoint: after every interruption it starts again",
    ]);
    assert.equal(code, 0);
  });

  it("says which kinds exist when it is asked for another", async () => {
    const { code, said } = await check([right, needy], "wright");
    assert.equal(code, 1);
    assert.equal(said, 'carryout: unknown kind "wright" (available: right, needy)');
  });

  it("prints JSON", async () => {
    const { answers } = await check([right, wrong], "--json", "--runs", "40");
    const [ok, fail] = JSON.parse(answers[0]!);
    assert.partialDeepStrictEqual(ok, {
      kind: "right",
      verdict: "ok",
      report: { interruptions: 40, sizeBytes: 70 },
    });
    assert.partialDeepStrictEqual(fail, { kind: "wrong", verdict: "fail", problem: "different-bytes" });
  });
});
