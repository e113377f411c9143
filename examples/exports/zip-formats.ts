import { csv, defineExport, xlsx, zip } from "carryout/export";

export const stock = defineExport({
  kind: "stock",
  title: "Stock",
  columns: [{ key: "id", type: "integer" }, { key: "article" }, { key: "counted", type: "date" }],
  async *rows({ after = 0 }: { after?: number | undefined }) {
    for (let id = after; id < 20_000; id += 500) {
      const rows = Array.from({ length: 500 }, (_, at) => ({
        id: id + at,
        article: `Article ${(id + at) % 37}`,
        counted: "2026-11-25",
      }));
      yield { rows, cursor: id + 500 };
    }
  },
  formats: ["csv", zip([csv({ separator: ";" }), xlsx()])],
});
