import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Row } from "../cell.ts";
import { sampleColumn, sampleTable } from "../sample-rows.testing.ts";
import { runWriter } from "../writer-run.testing.ts";
import type { PdfOptions } from "./options.ts";
import { pdf } from "./pdf.ts";
import { verifyPdf } from "./read-pdf.testing.ts";

const table = sampleTable({ columns: [sampleColumn("integer"), sampleColumn("text")] });

/** Rows that fill a page each. */
function pages(count: number): Row[][] {
  const text = "line\n".repeat(70);
  return Array.from({ length: count / 10 }, (_, batch) =>
    Array.from({ length: 10 }, (_, row) => [batch * 10 + row, text]),
  );
}

async function write(count: number, options: PdfOptions = {}) {
  return await runWriter(pdf(options), table, pages(count));
}

describe("a file of several sections", () => {
  it("has an index for each, and its pages in a balanced tree", async () => {
    const { bytes, saves } = await write(4_200);
    const { objects, pages: found, sections } = verifyPdf(bytes);
    assert.equal(sections, 3);
    assert.equal(found.length, 4_200);
    for (const text of objects.values()) {
      const kids = /\/Kids\[([^\]]*)\]/.exec(text)?.[1];
      assert.ok((kids?.match(/ R/g)?.length ?? 0) <= 64);
    }
    const largest = Math.max(...saves.map(({ state }) => state.length));
    assert.ok(largest < 32_000, `a state of ${largest} characters`);
  });

  it("resumes within each of them, and at their boundaries", async () => {
    const whole = await write(4_200, { tagged: true });
    verifyPdf(whole.bytes);
    const batches = pages(4_200);
    for (const at of [10, 203, 204, 205, 408, 409, 410]) {
      const from = { saved: whole.saves[at]!, file: whole.bytes };
      const resumed = await runWriter(pdf({ tagged: true }), table, batches, { from });
      assert.ok(resumed.bytes.equals(whole.bytes), `resumed at save ${at}`);
    }
  });
});

describe("tags", () => {
  it("are written by default up to 500 pages, and not beyond", async () => {
    const short = verifyPdf((await write(500)).bytes);
    assert.match(short.objects.get(1)!, /\/MarkInfo<<\/Marked true>>/);
    const long = verifyPdf((await write(510)).bytes);
    assert.doesNotMatch(long.objects.get(1)!, /\/MarkInfo/);
    assert.ok([...long.objects.values()].every((text) => !text.startsWith("<</S/")));
  });

  it("are written for any length with `tagged: true`, and never with `tagged: false`", async () => {
    const long = verifyPdf((await write(510, { tagged: true })).bytes);
    assert.match(long.objects.get(1)!, /\/MarkInfo<<\/Marked true>>/);
    const short = verifyPdf((await write(10, { tagged: false })).bytes);
    assert.doesNotMatch(short.objects.get(1)!, /\/MarkInfo/);
  });

  it("mark headings, cells and links", async () => {
    const columns = [sampleColumn("text", { title: "Name" }), sampleColumn("link", { title: "Site" })];
    const link = { text: "example", href: "https://example.org/" };
    const { bytes } = await runWriter(pdf(), sampleTable({ columns }), [
      [
        ["a", link],
        [null, null],
        ["b", link],
      ],
    ]);
    const { objects } = verifyPdf(bytes);
    const tags = [...objects.values()].flatMap((text) => /^<<\/S\/(\w+)/.exec(text)?.[1] ?? []);
    const count = (tag: string) => tags.filter((found) => found === tag).length;
    assert.deepEqual(
      ["Document", "H1", "Table", "THead", "TH", "TBody", "TR", "TD", "Link"].map(count),
      [1, 1, 1, 1, 2, 1, 4, 6, 2],
    );
    const areas = [...objects.values()].filter((text) => text.startsWith("<</Type/Annot/Subtype/Link"));
    assert.equal(areas.length, 2);
    assert.match(areas[0]!, /\/URI\(https:\/\/example\.org\/\)>>\/StructParent 1>>/);
  });
});
