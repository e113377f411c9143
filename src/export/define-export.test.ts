import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { systemClock } from "../clock/system.ts";
import type { Json } from "../download/json.ts";
import { loadFileHash } from "../generator/file-hash.ts";
import type { Generator } from "../generator/generator.ts";
import { inlineExecutor } from "../generator/inline.ts";
import { validateParams } from "../generator/parameters.ts";
import { RecordingHost } from "../generator/recording-host.testing.ts";
import { registryOf } from "../generator/registry.ts";
import { revisionOf } from "../generator/revision.ts";
import { VERSION } from "../version.ts";
import { defineExport } from "./define-export.ts";
import type { Batch, RowsContext } from "./rows.ts";
import { csv } from "./text/csv.ts";

interface Order {
  id: number;
  name: string;
  price: number | string;
}

const ORDERS: Order[] = Array.from({ length: 25 }, (_, index) => ({
  id: index + 1,
  name: `N${index}`,
  price: index / 2,
}));

function* pages({ after = 0, params: { least } }: RowsContext<{ least: number }, number>): Generator2 {
  for (;;) {
    const rows = ORDERS.filter(({ id }) => id > (after as number) && id >= least).slice(0, 10);
    if (rows.length === 0) return;
    after = rows.at(-1)!.id;
    yield { rows, cursor: after };
  }
}
type Generator2 = Iterable<Batch<Order, number>>;

const base = {
  kind: "orders",
  columns: [
    { key: "id", type: "integer" },
    { key: "name", title: "Name" },
    { key: "price", type: "number", optional: true },
    { key: "twice", value: ({ price }: Order) => Number(price) * 2, type: "number", selected: false },
  ],
  params: z.object({ least: z.number().default(0) }),
  rows: pages,
  count: () => ORDERS.length,
} as const;

const orders = defineExport({ ...base, formats: [csv({ lineEnd: "\n" }), "ndjson"] });

async function made(
  generator: unknown,
  given: unknown = {},
  host = new RecordingHost(),
  resume: never | null = null,
) {
  const checked = generator as Generator<unknown>;
  const params = await validateParams(checked, given);
  await loadFileHash();
  const executor = inlineExecutor({
    registry: registryOf([{ ...checked, checkpointMs: 0 }]),
    clock: systemClock,
  });
  const requestedAt = Date.UTC(2026, 1, 27, 23, 30);
  const job = { downloadId: "test", kind: checked.kind, params, requestedAt, resume };
  const outcome = await executor.start(job, host).done.finally(() => executor.close());
  return { host, outcome, text: host.bytes().toString() };
}

describe("defineExport", () => {
  it("gives a generator for each format", () => {
    assert.deepEqual(Object.keys(orders), ["csv", "ndjson"]);
    assert.deepEqual([orders.csv.kind, orders.ndjson.kind], ["orders.csv", "orders.ndjson"]);
    assert.deepEqual(orders.csv.offer?.columns[2], {
      key: "price",
      title: "price",
      optional: true,
      selected: true,
    });
  });

  it("has the version of its writers in its revision, also beside one that is given", () => {
    assert.equal(revisionOf(orders.csv, "digest"), `digest+${VERSION}`);
    assert.equal(revisionOf({ ...orders.csv, revision: "7" }, "digest"), `7+${VERSION}`);
    assert.equal(revisionOf(orders.csv, ""), `+${VERSION}`);
  });

  it("writes the columns selected by default, under a name with the day of the request", async () => {
    const { text, outcome, host } = await made(orders.csv);
    assert.match(text, /^id,Name,price\n1,N0,0\n2,N1,0.5\n(.*\n){23}$/);
    assert.deepEqual(outcome.file, {
      name: "orders-2026-02-27.csv",
      type: "text/csv; charset=utf-8; header=present",
    });
    assert.deepEqual(host.reports.at(-1), { done: 25, total: 25, message: "25 rows" });
    assert.equal(
      host.reports.some(({ message }) => message === "10 of 25 rows") || host.reports.length === 1,
      true,
    );
  });

  it("writes the chosen columns in the chosen order, in the chosen time zone", async () => {
    const { text, outcome } = await made(orders.csv, {
      columns: ["twice", "name", "id"],
      timeZone: "Asia/Tokyo",
      least: "24",
    });
    assert.equal(text, "twice,Name,id\n23,N23,24\n24,N24,25\n");
    assert.equal(outcome.file.name, "orders-2026-02-28.csv");
  });

  it("resumes from every checkpoint with the same bytes", async () => {
    const whole = await made(orders.csv);
    assert.equal(whole.host.checkpoints.length, 3);
    for (const checkpoint of whole.host.checkpoints) {
      const { host, resume } = whole.host.resumeAt(checkpoint);
      assert.equal((await made(orders.csv, {}, host, resume as never)).text, whole.text);
    }
  });

  const refused: [params: Json, message: RegExp][] = [
    [{ columns: ["id", "nam"] }, /columns: unknown column "nam" \(did you mean name\?\)/],
    [{ columns: 7 }, /columns: expected a list of columns, not the number 7/],
    [{ locale: "english please" }, /locale: expected a language tag such as "de-CH", not "english please"/],
    [{ timeZone: "Mars" }, /timeZone: expected a time zone such as "Europe\/Zurich", not "Mars"/],
    [{ least: "many" }, /least: Invalid input: expected number/],
    [[], /expected an object, not an Array/],
  ];
  for (const [params, message] of refused) {
    it(`refuses ${JSON.stringify(params)}`, () =>
      assert.rejects(validateParams(orders.csv as never, params), { code: "invalid-parameters", message }));
  }

  it("accepts text from forms", async () => {
    const { csv } = defineExport({
      ...base,
      rows: pages as never,
      formats: ["csv"],
      params: z.object({
        some: z.boolean().default(false),
        most: z.int().nullable().optional(),
        states: z.array(z.enum(["open", "paid"])).optional(),
      }),
    });
    const params = { some: ["false", "true"], most: "7", states: "open" };
    const checked = (await validateParams(csv as never, params)) as { params: Json };
    assert.deepEqual(checked.params, { some: true, most: 7, states: ["open"] });
    const unchecked = (await validateParams(csv as never, { some: "false" })) as { params: Json };
    assert.deepEqual(unchecked.params, { some: false });
  });

  it("treats requests for the same file as equal", async () => {
    const asked = (params: Json) => validateParams(orders.csv as never, params);
    assert.deepEqual(
      await asked({}),
      await asked({ columns: ["id", "name", "price"], locale: "EN", timeZone: "utc" }),
    );
    assert.deepEqual(((await asked({ columns: "price" })) as { columns: Json }).columns, [
      "id",
      "name",
      "price",
    ]);
    assert.deepEqual(((await asked({ columns: [] })) as { columns: Json }).columns, ["id", "name"]);
  });

  const failing: [
    what: string,
    rows: (context: unknown) => Iterable<Batch<Order, number>>,
    message: RegExp,
  ][] = [
    [
      "rows that throw half way",
      function* () {
        yield { rows: ORDERS.slice(0, 2), cursor: 2 };
        throw new Error("no more");
      },
      /no more/,
    ],
    [
      "a value of the wrong type",
      () => [{ rows: [{ id: 1, name: "a", price: "free" }], cursor: 1 }],
      /row 1, column "price": expected a finite number/,
    ],
    [
      "a cursor that does not move",
      () => [
        { rows: ORDERS.slice(0, 2), cursor: 2 },
        { rows: ORDERS.slice(2, 4), cursor: 2 },
      ],
      /two batches with the same cursor \(2\)/,
    ],
    [
      "a cursor that is no JSON",
      () => [{ rows: [], cursor: 1n as never }],
      /the cursor of a batch must be JSON/,
    ],
    [
      "a cursor that is too large",
      () => [{ rows: [], cursor: "x".repeat(20_000) as never }],
      /at most 16384 bytes as JSON, not 20002/,
    ],
    ["batches without rows", () => [[1, 2] as never], /a batch must be \{ rows, cursor \}, not an Array/],
  ];
  for (const [what, rows, message] of failing) {
    it(`ends with an error for ${what}`, async () => {
      const { csv } = defineExport({ ...base, rows, formats: ["csv"] });
      await assert.rejects(made(csv), { code: "generation-failed", message });
    });
  }

  it("says beside the file what its format could not hold", async () => {
    const rows = () => [
      { rows: [1, 2].map((id) => ({ id, name: "x".repeat(40_000), price: 1 })), cursor: 2 },
    ];
    const { xlsx, csv } = defineExport({ ...base, rows, formats: ["xlsx", "csv"] });
    assert.match((await made(xlsx)).outcome.file.note ?? "", /1.*Name.*\(and 1 more\)$/);
    assert.equal((await made(csv)).outcome.file.note, undefined);
  });

  it("keeps counting when there are more rows than estimated", async () => {
    const { csv } = defineExport({ ...base, count: () => 5, formats: ["csv"] });
    const { host } = await made(csv);
    assert.deepEqual(host.reports.at(-1), { done: 25, total: 25, message: "25 rows" });
  });

  it("refuses an invalid declaration with the reason", () => {
    const wrong: [changes: Record<string, unknown>, message: string][] = [
      [{ formats: [] }, 'export orders: formats must name at least one, such as ["csv"]'],
      [{ formats: ["cvs"] }, 'export orders: unknown format "cvs" (did you mean csv?)'],
      [{ formats: ["csv", csv()] }, 'export orders: two formats have the name "csv"'],
      [{ columns: [] }, "export orders: columns must be a list of at least one column, not an Array"],
      [{ columns: [{ key: "a" }, { key: "a" }] }, 'export orders: two columns have the key "a"'],
      [
        { columns: [{ key: "a", type: "money" }] },
        'export orders: column a: type must be one of text, number, integer, boolean, date, datetime, link, not "money"',
      ],
      [
        { columns: [{ key: "a", titel: "A" }] },
        'export orders: column a: unknown option "titel" (available: key, title, type, value, decimals, grouping, width, align, bold, optional, selected)',
      ],
      [{ rows: [] }, "export orders: rows must be a function, not an Array"],
      [{ timeZone: "Mars" }, 'export orders: expected a time zone such as "Europe/Zurich", not "Mars"'],
      [{ colums: [] }, 'generator orders.csv: unknown option "colums"'],
    ];
    for (const [changes, message] of wrong) {
      const declare = () => defineExport({ ...base, formats: ["csv"], ...changes } as never);
      assert.throws(
        declare,
        (error: Error) => error instanceof TypeError && error.message.startsWith(message),
        message,
      );
    }
  });
});
