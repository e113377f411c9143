/** @module An export to try forms with: a control of each type. */

import type { PublicExport } from "../wire/export.ts";

const column = (key: string, title: string, optional: boolean, selected = true) => ({
  key,
  title,
  optional,
  selected,
});

export const orders: PublicExport = {
  kind: "orders",
  title: "Orders",
  formats: [
    { name: "csv", kind: "orders.csv", extension: "csv", type: "text/csv" },
    { name: "pdf", kind: "orders.pdf", extension: "pdf", type: "application/pdf" },
  ],
  columns: [
    column("id", "Number", false),
    column("customer", "Customer", true),
    column("note", "Note", true, false),
  ],
  params: {
    type: "object",
    properties: {
      country: {
        title: "Country",
        oneOf: [
          { const: "CH", title: "Switzerland" },
          { const: "JP", title: "日本" },
        ],
      },
      customer: { type: "string", description: "Or a part of the name", maxLength: 40, pattern: "^\\p{L}+$" },
      minimum: { type: "integer", minimum: 0, maximum: 9007199254740991 },
      since: { type: "string", format: "date", pattern: "^\\d+-\\d+-\\d+$" },
      archived: { type: "boolean", default: false },
      states: { type: "array", items: { enum: ["open", "paid"] }, default: ["open"] },
      tenant: { type: "object" },
    },
    required: ["customer", "archived"],
  },
};
