import assert from "node:assert/strict";
import { it } from "node:test";
import { written } from "../written.testing.ts";
import { ndjson } from "./ndjson.ts";

it("has an object on each line, with every column and exact values", async () => {
  const text = await written(
    ndjson(),
    [
      { key: 'a "b"' },
      { key: "n", type: "number" },
      { key: "big", type: "integer" },
      { key: "yes", type: "boolean" },
      { key: "day", type: "date" },
      { key: "at", type: "datetime" },
      { key: "at page", type: "link" },
    ],
    [
      [
        "\0\r\n\u2028",
        1e21,
        2n ** 64n,
        true,
        "2026-02-28",
        new Date(0),
        { text: "A", href: "https://a.example/" },
      ],
      [null, null, null, null, null, null, null],
    ],
  );
  const [first, second, end] = text.split("\n");
  assert.equal(
    first,
    '{"a \\"b\\"":"\\u0000\\r\\n\u2028","n":1e+21,"big":18446744073709551616,"yes":true,"day":"2026-02-28","at":"1970-01-01T00:00:00.000Z","at page":"https://a.example/"}',
  );
  assert.deepEqual(Object.values(JSON.parse(second as string)), [null, null, null, null, null, null, null]);
  assert.equal(end, "");
});
