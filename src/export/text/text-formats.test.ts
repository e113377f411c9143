import assert from "node:assert/strict";
import type { Cell } from "../cell.ts";
import { writerContract } from "../writer-contract.testing.ts";
import { csv } from "./csv.ts";
import { ndjson } from "./ndjson.ts";

/** A cell as JSON, and as text in CSV. */
function plain(cell: Cell): string | number | boolean | null {
  if (cell instanceof Date) return cell.toISOString();
  if ((typeof cell === "bigint" || typeof cell === "number") && /^-?\d{16,}$/.test(String(cell)))
    return String(cell);
  if (cell === 0) return 0; // JSON.parse(String(-0)) is 0
  return typeof cell === "object" && cell !== null ? cell.href : (cell as string | number | boolean | null);
}

writerContract("NDJSON", {
  format: ndjson(),
  verify(bytes, rows, { columns }) {
    // JSON.parse would round the large integers.
    const lines = bytes
      .toString()
      .replace(/:(-?\d{16,})(?=[,}])/g, ':"$1"')
      .split("\n");
    assert.equal(lines.pop(), "");
    const expected = rows.map((row) => columns.map(({ key }, index) => [key, plain(row[index] ?? null)]));
    assert.deepEqual(
      lines.map((line) => Object.entries(JSON.parse(line))),
      expected,
    );
  },
});

writerContract("CSV", {
  format: csv({ formulas: "keep" }),
  verify(bytes, rows, { columns }) {
    const expected = rows.map((row) => row.map((cell) => String(plain(cell) ?? "")));
    assert.deepEqual(records(bytes.toString()), [columns.map(({ title }) => title), ...expected]);
  },
});

/** Follows the grammar of RFC 4180 literally. */
function records(text: string): string[][] {
  const found: string[][] = [];
  let record: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  while (field.lastIndex < text.length) {
    const at = field.lastIndex;
    const match = field.exec(text);
    assert.ok(match, `no field at ${at}: ${JSON.stringify(text.slice(at, at + 40))}`);
    record.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    if (match[3] === ",") continue;
    found.push(record);
    record = [];
  }
  return found;
}
