import { defineGenerator, UserError } from "carryout";
import { z } from "zod"; // any Standard Schema will do
import { lastOrder, ordersAfter, toCsv } from "./orders.ts";

export const orders = defineGenerator({
  kind: "orders.csv",
  params: z.object({ year: z.number().int() }),
  state: z.number(), // what checkpoint takes, and resume gives
  file: ({ year }) => ({ name: `orders-${year}.csv`, type: "text/csv; charset=utf-8" }),
  async run({ params, resume, write, progress, checkpoint }) {
    const last = await lastOrder(params.year);
    if (last === null) throw new UserError(`You have no orders in ${params.year}.`);
    for (let after = resume ?? 0; after < last; ) {
      const rows = await ordersAfter(after, params.year, 500);
      await write(rows.map(toCsv).join("")); // waits while storage is behind
      after = rows.at(-1)?.id ?? last;
      progress(after, last); // cheap at any rate
      await checkpoint(after); // from here another node can go on
    }
  },
});
