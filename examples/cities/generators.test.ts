import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { inflateSync } from "node:zlib";
import fc from "fast-check";
import { systemClock } from "../../src/clock/system.ts";
import type { Executor, Job } from "../../src/generator/executor.ts";
import { inlineExecutor } from "../../src/generator/inline.ts";
import { validateParams } from "../../src/generator/parameters.ts";
import { RecordingHost, sha256 } from "../../src/generator/recording-host.testing.ts";
import { registryOf } from "../../src/generator/registry.ts";
import { citiesAfter, countCities } from "./cities.ts";
import { winAnsi } from "./win-ansi.ts";

process.env.CITIES_ROWS_PER_SECOND = "0";
const { citiesCsv, citiesNdjson, citiesPdf, csv } = await import("./generators.ts");

/** Every offered checkpoint is saved, so that a run can be interrupted at each one. */
const generators = [citiesCsv, citiesNdjson, citiesPdf].map((generator) => ({
  ...generator,
  checkpointMs: 0,
}));
const executor: Executor = inlineExecutor({ registry: registryOf(generators), clock: systemClock });
before(() => executor.ready());
after(() => executor.close());

type Params = { country?: string };

async function make(kind: string, params: Params): Promise<Buffer> {
  const host = new RecordingHost();
  const outcome = await executor.start(
    { downloadId: "test", kind, params, requestedAt: 0, resume: null },
    host,
  ).done;
  assert.equal(outcome.sha256, sha256(host.bytes()));
  return host.bytes();
}

/** Aborts the run after each of these numbers of host calls; another run resumes from what was saved. */
async function makeInPieces(kind: string, params: Params, lives: readonly number[]): Promise<Buffer> {
  let begin = (): { host: RecordingHost; resume: Job["resume"] } => ({
    host: new RecordingHost(),
    resume: null,
  });
  for (const calls of [...lives, Number.POSITIVE_INFINITY]) {
    const { host, resume } = begin();
    const run = executor.start({ downloadId: "test", kind, params, requestedAt: 0, resume }, host);
    void host.until(() => host.calls >= calls).then(() => run.abort());
    const [ending] = await Promise.allSettled([run.done]);
    if (ending.status === "fulfilled") {
      assert.equal(ending.value.sha256, sha256(host.bytes()));
      return host.bytes();
    }
    assert.equal(ending.reason.code, "aborted");
    const last = host.checkpoints.at(-1);
    if (last !== undefined) begin = () => host.resumeAt(last);
  }
  return assert.fail("the last life has no end");
}

describe("cities: parameters", () => {
  it("accepts a country code in upper or lower case, or none", async () => {
    assert.deepEqual(await validateParams(citiesCsv, { country: "de" }), { country: "DE" });
    assert.deepEqual(await validateParams(citiesCsv, {}), {});
  });

  const refusals: [params: unknown, message: RegExp][] = [
    [{ country: "ZZ" }, /country: there are no cities in "ZZ"$/],
    [{ country: "Germany" }, /country: expected two letters/],
    [{ country: 7 }, /country: /],
    [{ land: "DE" }, /land/],
    ["DE", /expected object/],
  ];
  for (const [params, message] of refusals) {
    it(`rejects ${JSON.stringify(params)}`, async () => {
      await assert.rejects(validateParams(citiesCsv, params), { code: "invalid-parameters", message });
    });
  }
});

describe("cities: files", () => {
  for (const [kind, numRuns] of [
    ["cities.csv", 20],
    ["cities.ndjson", 5],
    ["cities.pdf", 5],
  ] as const) {
    it(`${kind}: the file is the same however often the run is interrupted`, async () => {
      const whole = await make(kind, { country: "FR" });
      const lives = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(lives, async (calls) => {
          assert.ok((await makeInPieces(kind, { country: "FR" }, calls)).equals(whole));
        }),
        { numRuns },
      );
    });
  }

  it("cities.csv: a header and a record for each place, ordered by id", async () => {
    const text = (await make("cities.csv", { country: "PL" })).toString("utf8");
    assert.ok(text.endsWith("\r\n"));
    const [header, ...records] = text.trimEnd().split("\r\n");
    assert.equal(header, "id,name,country,region,type,population,latitude,longitude");
    assert.equal(records.length, countCities("PL"));
    const ids = records.map((record) => Number(record.split(",")[0]));
    assert.deepEqual(
      ids,
      ids.toSorted((a, b) => a - b),
    );
    assert.ok(records.some((record) => record.includes(",Łódź,PL,")));
  });

  it("cities.csv: negative numbers are not treated as formulas", async () => {
    const text = (await make("cities.csv", { country: "AR" })).toString("utf8");
    assert.match(text, /,-34\.\d+,-58\.\d+\r\n/);
  });

  it("cities.ndjson: a JSON object for each place", async () => {
    const lines = (await make("cities.ndjson", { country: "IS" })).toString("utf8").trimEnd().split("\n");
    assert.equal(lines.length, countCities("IS"));
    for (const line of lines) assert.equal(JSON.parse(line).country, "IS");
  });

  it("cities.pdf: every page is numbered and can be reached by a PDF reader", async () => {
    const file = await make("cities.pdf", { country: "AT" });
    const pages = Math.ceil(countCities("AT") / 48);
    assert.ok(file.toString("latin1").startsWith("%PDF-1.7\n"));
    assert.ok(file.toString("latin1").endsWith("%%EOF\n"));
    const contents = pagesOf(file);
    assert.equal(contents.length, pages);
    for (const [index, content] of contents.entries()) {
      assert.match(content, new RegExp(`\\(page ${index + 1} of ${pages}\\) Tj`));
    }
    assert.match(contents.join("\n"), /\(Wien|\(Vienna/);
  });

  it("cities.pdf: two runs produce the same bytes", async () => {
    assert.ok(
      (await make("cities.pdf", { country: "LU" })).equals(await make("cities.pdf", { country: "LU" })),
    );
  });
});

describe("winAnsi", () => {
  it("keeps characters that WinAnsi has, and replaces others with the nearest one", () => {
    assert.equal(winAnsi("Zürich (Œuvre)"), "Zürich (\x8cuvre)");
    assert.equal(winAnsi("Łódź, Győr, Iași, Hồ"), "Lódz, Gyor, Iasi, Ho");
    assert.equal(winAnsi("北京 Москва\n"), "?? ???????");
  });

  it("accepts every name in the data", () => {
    let names = 0;
    for (const { name } of citiesAfter(0, Number.POSITIVE_INFINITY)) {
      names += 1;
      assert.match(winAnsi(name), /^[\x20-\x7e\x80-\xff]+$/);
    }
    assert.equal(names, 135_233);
  });
});

/** The content of each page, located as a PDF reader does: from the last index back, and down the page tree. */
function pagesOf(file: Buffer): string[] {
  const text = file.toString("latin1");
  const offsets = new Map<number, number>();
  let xref: number | undefined = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(text)?.[1]);
  while (xref !== undefined) {
    assert.equal(text.slice(xref, xref + 5), "xref\n");
    const table = text.slice(xref, text.indexOf("startxref", xref));
    for (const [, first, lines] of table.matchAll(/^(\d+) \d+\n((?:\d{10} \d{5} [nf] \n)+)/gm)) {
      for (const [index, line] of (lines ?? "").trimEnd().split("\n").entries()) {
        const number = Number(first) + index;
        if (!offsets.has(number)) offsets.set(number, Number(line.slice(0, 10)));
      }
    }
    const previous = /\/Prev (\d+)/.exec(table)?.[1];
    xref = previous === undefined ? undefined : Number(previous);
  }

  function object(number: number): string {
    const start = offsets.get(number);
    assert.ok(start !== undefined && text.startsWith(`${number} 0 obj\n`, start), `object ${number}`);
    return text.slice(start, text.indexOf("\nendobj\n", start));
  }
  function leaves(number: number): string[] {
    const body = object(number);
    const kids = /\/Kids \[([^\]]*)\]/.exec(body)?.[1];
    if (kids !== undefined) return [...kids.matchAll(/(\d+) 0 R/g)].flatMap(([, kid]) => leaves(Number(kid)));
    const content = object(Number(/\/Contents (\d+) 0 R/.exec(body)?.[1]));
    const stream = content.slice(content.indexOf("stream\n") + 7, content.lastIndexOf("\nendstream"));
    return [inflateSync(Buffer.from(stream, "latin1")).toString("latin1")];
  }
  return leaves(2);
}

/** A simple, slow RFC 4180 parser. */
function readCsv(text: string): string[][] {
  const records: string[][] = [];
  let cells: string[] = [];
  let at = 0;
  while (at < text.length) {
    let cell = "";
    if (text[at] === '"') {
      for (at += 1; text[at] !== '"' || text[at + 1] === '"'; at += 1) {
        if (text[at] === '"') at += 1;
        cell += text[at];
      }
      at += 1;
    } else {
      while (at < text.length && text[at] !== "," && text[at] !== "\r") cell += text[at++];
    }
    cells.push(cell);
    if (text[at] === ",") at += 1;
    else {
      assert.equal(text.slice(at, at + 2), "\r\n");
      at += 2;
      records.push(cells);
      cells = [];
    }
  }
  return records;
}

describe("CSV", () => {
  it("round-trips every cell except those that a spreadsheet would run as formulas", () => {
    const cell = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom('"', ",", "\r", "\n", "=", "+", "-", "@", "\t", "a", "ü") }),
    );
    const records = fc
      .integer({ min: 2, max: 5 })
      .chain((width) =>
        fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 10 }),
      );
    fc.assert(
      fc.property(records, (rows) => {
        const expected = rows.map((row) =>
          row.map((text) => (/^[=+\-@\t\r＝＋－＠]/.test(text) ? `'${text}` : text)),
        );
        assert.deepEqual(readCsv(csv(rows)), expected);
      }),
      { numRuns: 300 },
    );
  });
});
