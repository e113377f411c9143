import { defineGenerator, type Generation } from "carryout";
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

/** Needs nothing, but takes something. */
const optional = defineGenerator({
  kind: "optional",
  params: z.object({ limit: z.coerce.number<string>().optional() }),
  file,
  async run({ params, resume, checkpoint }) {
    params.limit?.toFixed();
    // @ts-expect-error: what is not said of the state is any JSON
    resume?.toFixed();
    await checkpoint({ any: ["json"] });
    // @ts-expect-error: a function is no JSON
    await checkpoint(() => {});
  },
});

/** Takes no parameters. */
const plain = defineGenerator({
  kind: "plain",
  file,
  run({ params }) {
    // @ts-expect-error: there are none
    params.year.toFixed();
  },
});

export const others = [optional, plain];

export const wrongFile = () =>
  defineGenerator({
    kind: "wrong-file",
    params: z.object({ year: z.number() }),
    // @ts-expect-error: the schema gives no month
    file: ({ month }) => ({ ...file, name: `${month}.csv` }),
    run() {},
  });

export const wrongParams = () =>
  defineGenerator({
    kind: "wrong-params",
    params: z.object({ year: z.number() }),
    file,
    // @ts-expect-error: the schema gives a number
    run({ params }: Generation<{ year: string }>) {
      params.year.toUpperCase();
    },
  });
