import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "../../clock/seeded-random.ts";
import { readAll, readWithCrashes } from "./crashing-reader.testing.ts";
import { type ApiPageRequest, pagedRows } from "./paged-rows.ts";

const items = Array.from({ length: 23 }, (_, id) => ({ id }));

/** An API whose tokens identify the next page. */
async function page({ next }: ApiPageRequest<string, unknown>) {
  const begin = Number(next ?? 0);
  const end = begin + 5;
  return { rows: items.slice(begin, end), next: end < items.length ? String(end) : null };
}

describe("pagedRows", () => {
  it("yields a batch for each page, with the token of the next", async () => {
    const batches = await readAll(pagedRows({ page }), {});
    assert.deepEqual(
      batches.map(({ rows, cursor }) => [rows.length, cursor]),
      [
        [5, { next: "5" }],
        [5, { next: "10" }],
        [5, { next: "15" }],
        [5, { next: "20" }],
        [3, { next: null }],
      ],
    );
  });

  it("resumes with the next page after a crash, and not at all after the last one", async () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const read = await readWithCrashes(pagedRows({ page }), {
        params: {},
        crash: 0.4,
        random: seededRandom(seed),
      });
      assert.deepEqual(read.rows, items, `seed ${seed}`);
    }
    assert.deepEqual(await readAll(pagedRows({ page }), {}, { next: null }), []);
  });

  it("detects loops of any length", async () => {
    for (const length of [1, 2, 3, 10, 57]) {
      let asked = 0;
      const round = pagedRows<{ id: number }, { at: number }>({
        page: async ({ next }) => {
          asked += 1;
          return { rows: [{ id: 1 }], next: { at: ((next?.at ?? 0) + 1) % length } };
        },
      });
      await assert.rejects(readAll(round, {}), {
        name: "UserError",
        retriable: false,
        message: "the pages of the rows' source lead back to an earlier page",
      });
      assert.ok(asked <= 3 * length + 3, `${asked} pages for a loop of ${length}`);
    }
  });

  it("refuses pages that are too long or invalid", async () => {
    await assert.rejects(readAll(pagedRows({ page, maxPageRows: 4 }), {}), {
      name: "UserError",
      message: "a page must have at most 4 rows, not 5",
    });
    const wrong = pagedRows({ page: async () => items as unknown as { rows: [] } });
    await assert.rejects(readAll(wrong, {}), {
      name: "TypeError",
      message: "page must give { rows, next }, not an Array",
    });
  });
});
