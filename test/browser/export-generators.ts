/** @module An export with a control of each type, for the form in a browser. */

import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { defineExport } from "../../src/export/index.ts";

const params = z.strictObject({
  country: z
    .string()
    .meta({
      title: "Country",
      oneOf: [
        { const: "CH", title: "Switzerland" },
        { const: "EG", title: "مصر" },
        { const: "JP", title: "日本" },
      ],
    })
    .optional(),
  customer: z
    .string()
    .max(40)
    .refine((name) => name !== "Nobody", "there is no such customer")
    .meta({ description: "The whole name" })
    .optional(),
  since: z.iso.date().optional(),
  pace: z
    .int()
    .min(0)
    .max(60_000)
    .default(0)
    .meta({ title: "Pace", description: "Milliseconds that each row takes" }),
  paid: z.boolean().default(false).meta({ title: "Paid only" }),
});

/** Every row shows what was asked for. */
export const orders = defineExport({
  kind: "orders",
  title: "Orders",
  columns: [
    { key: "id", title: "Number", type: "integer" },
    { key: "customer", title: "Customer", optional: true },
    { key: "country", title: "Country", optional: true },
    { key: "paid", title: "Paid", type: "boolean", optional: true },
    { key: "note", title: "An internal note", optional: true, selected: false },
  ],
  params,
  formats: ["csv", "ndjson"],
  count: () => 3,
  async *rows({ after = 0, params: { customer, country, paid, pace, since }, signal }) {
    for (let id = Number(after) + 1; id <= 3; id++) {
      if (pace > 0) await wait(pace, undefined, { signal });
      yield { rows: [{ id, customer, country, paid, note: since }], cursor: id };
    }
  },
});
