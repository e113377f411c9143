import { defineGenerator, type Generation } from "carryout";
import { csv, defineExport, type RowsContext } from "carryout/export";
import { z } from "zod";

const file = { name: "file.csv", type: "text/csv" };

/** Needs a year; its state is a number. */
export const orders = defineGenerator({
  kind: "orders.csv",
  params: z.object({ year: z.number(), country: z.string().default("LU") }),
  file: ({ year, country }) => ({ ...file, name: `${year.toFixed()}-${country.toUpperCase()}.csv` }),
  async run({ params, resume = 0, checkpoint }: Generation<{ year: number; country: string }, number>) {
    await checkpoint(resume + params.year);
    // @ts-expect-error: the state is a number
    await checkpoint("1");
  },
});

/** What `checkpoint` takes and `resume` gives follows from the schema of the state. */
export const withState = defineGenerator({
  kind: "with-state",
  params: z.object({ year: z.number() }),
  state: z.object({ after: z.number(), page: z.number().default(1) }),
  file,
  async run({ params, resume, checkpoint }) {
    const after: number = resume?.after ?? params.year;
    resume?.page.toFixed();
    // @ts-expect-error: undefined at the first start
    resume.after.toFixed();
    // @ts-expect-error: the state has no such member
    resume?.before;
    await checkpoint({ after, page: 1 });
    // @ts-expect-error: a misspelt member
    await checkpoint({ aftr: after, page: 1 });
    // @ts-expect-error: wrong type
    await checkpoint({ after: "1", page: 1 });
    // @ts-expect-error: a member is missing
    await checkpoint({ after });
  },
});

/** Has only optional parameters. */
const optional = defineGenerator({
  kind: "optional",
  params: z.object({ limit: z.coerce.number<string>().optional() }),
  file,
  async run({ params, resume, checkpoint }) {
    params.limit?.toFixed();
    // @ts-expect-error: without a type argument the state is any JSON
    resume?.toFixed();
    await checkpoint({ any: ["json"] });
    // @ts-expect-error: a function is not JSON
    await checkpoint(() => {});
  },
});

/** Takes no parameters. */
const plain = defineGenerator({
  kind: "plain",
  file,
  run({ params }) {
    // @ts-expect-error: there are no parameters
    params.year.toFixed();
  },
});

export const others = [optional, plain, withState];

export const wrongFile = () =>
  defineGenerator({
    kind: "wrong-file",
    params: z.object({ year: z.number() }),
    // @ts-expect-error: the schema has no month
    file: ({ month }) => ({ ...file, name: `${month}.csv` }),
    run() {},
  });

export const wrongState = () =>
  defineGenerator({
    kind: "wrong-state",
    state: z.object({ after: z.number() }),
    file,
    // @ts-expect-error: the schema gives an object
    async run({ resume, checkpoint }: Generation<Record<string, never>, number>) {
      await checkpoint(resume ?? 0);
    },
  });

export const noSchema = () =>
  defineGenerator({
    kind: "no-schema",
    // @ts-expect-error: a type is no schema
    state: { after: 0 },
    file,
    run() {},
  });

export const wrongParams = () =>
  defineGenerator({
    kind: "wrong-params",
    params: z.object({ year: z.number() }),
    file,
    // @ts-expect-error: the schema yields a number
    run({ params }: Generation<{ year: string }>) {
      params.year.toUpperCase();
    },
  });

/** An export: a generator for each format. */
export const sales = defineExport({
  kind: "sales",
  columns: [
    { key: "id", type: "integer" },
    { key: "total", value: ({ price }: { id: number; price: number }) => price.toFixed(2) },
  ],
  params: z.object({ year: z.number() }),
  rows: ({ after, params }: RowsContext<{ year: number }, number>) => [
    { rows: [{ id: params.year, price: after ?? 0 }], cursor: 1 },
  ],
  formats: ["ndjson", csv({ separator: ";" })],
});

export const wrongExport = () =>
  defineExport({
    kind: "wrong",
    columns: [{ key: "id" }],
    rows: () => [],
    // @ts-expect-error: no such format
    formats: ["cvs"],
  });
