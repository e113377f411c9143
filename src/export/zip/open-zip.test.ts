import assert from "node:assert/strict";
import { it } from "node:test";
import { randomOf } from "../sample-rows.testing.ts";
import { openZip, type ZipFilesState } from "./open-zip.ts";
import { readZip } from "./read-zip.testing.ts";

type State = ZipFilesState<{ line: number }>;

/** A generation in memory that keeps every checkpoint. */
class Recorded {
  readonly requestedAt = new Date("2026-11-25T09:30:15Z");
  readonly params = null;
  readonly resume: State | undefined;
  readonly checkpoints: { state: string; size: number }[] = [];
  #bytes: Buffer;

  constructor(resume?: { state: string; bytes: Buffer }) {
    this.resume = resume && JSON.parse(resume.state);
    this.#bytes = resume?.bytes ?? Buffer.alloc(0);
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  async write(chunk: unknown): Promise<void> {
    this.#bytes = Buffer.concat([this.#bytes, Buffer.from(chunk as Uint8Array)]);
  }

  async checkpoint(state: State): Promise<void> {
    this.checkpoints.push({ state: JSON.stringify(state), size: this.#bytes.length });
  }
}

const NAMES = Array.from({ length: 30 }, (_, at) => `reports/${at}.txt`);
const LINES = [0, 1, 400, 3_000];

function textOf(at: number, line: number): string {
  return `report ${at}, line ${line}: ${(at + 1) * line}\n`;
}

async function makeArchive(generation: Recorded): Promise<string[]> {
  const made: string[] = [];
  const zip = openZip<{ line: number }>(generation, { saveDistance: { least: 10_000, most: 20_000 } });
  for (const [at, name] of NAMES.entries()) {
    await zip.file(
      name,
      async ({ resume, write, checkpoint }) => {
        made.push(`${name} from ${resume?.line ?? 0}`);
        for (let line = resume?.line ?? 0; line < LINES[at % 4]!; line++) {
          await write(textOf(at, line));
          await checkpoint({ line: line + 1 });
        }
      },
      at % 7 === 0 ? { level: 0 } : {},
    );
  }
  await zip.end();
  return made;
}

const whole = new Recorded();
const madeAtOnce = await makeArchive(whole);

it("makes an archive of files that are not tables", () => {
  assert.equal(madeAtOnce.length, NAMES.length);
  const files = readZip(whole.bytes);
  assert.deepEqual([...files.keys()], NAMES);
  for (const [at, name] of NAMES.entries()) {
    const expected = Array.from({ length: LINES[at % 4]! }, (_, line) => textOf(at, line)).join("");
    assert.equal(files.get(name)!.toString(), expected);
  }
});

it("resumes from any of 200 points, between files and within them", async () => {
  const random = randomOf(3);
  const within = whole.checkpoints.filter(({ state }) => JSON.parse(state).file !== null);
  assert.ok(within.length > 30, `${within.length} checkpoints within files`);
  for (let kill = 0; kill < 200; kill++) {
    const { state, size } = whole.checkpoints[Math.floor(random() * whole.checkpoints.length)]!;
    const generation = new Recorded({ state, bytes: whole.bytes.subarray(0, size) });
    const made = await makeArchive(generation);
    assert.ok(generation.bytes.equals(whole.bytes));
    const { zip, file } = JSON.parse(state) as State;
    if (file !== null) assert.equal(made[0], `${zip.open!.name} from ${file.line}`);
    else assert.ok(made.length < NAMES.length || made[0] !== madeAtOnce[0]);
  }
});

it("refuses duplicate and invalid names, and a different file than the one in progress", async () => {
  const zip = openZip(new Recorded());
  await zip.file("a", () => {});
  await assert.rejects(
    zip.file("a", () => {}),
    /the archive has a file "a" already/,
  );
  await assert.rejects(
    zip.file("../b", () => {}),
    /must be a path/,
  );
  const { state, size } = whole.checkpoints.find((checkpoint) => JSON.parse(checkpoint.state).file !== null)!;
  const resumed = openZip(new Recorded({ state, bytes: whole.bytes.subarray(0, size) }));
  await assert.rejects(
    resumed.file("z", () => {}),
    /goes on in "reports\/\d+.txt": ask for the same files in the same order/,
  );
});

it("fails with the error of the function that makes a file", async () => {
  const zip = openZip(new Recorded());
  await assert.rejects(
    zip.file("a", () => {
      throw new Error("no such report");
    }),
    /no such report/,
  );
});
