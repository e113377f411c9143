/** @module Generators that work with any measured checkout. */

const { defineGenerator }: typeof import("../../src/index.ts") = await import(
  `${process.env.BENCH_CARRYOUT}/dist/index.js`
);

export const small = defineGenerator({
  kind: "small",
  isolation: "inline",
  file: { name: "small.csv", type: "text/csv" },
  async run({ write }) {
    await write("a,b\n1,2\n");
  },
});
