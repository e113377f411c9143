import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "../../clock/seeded-random.ts";
import type { RowsContext } from "../rows.ts";
import { batched } from "./batched.ts";
import { readAll, readWithCrashes } from "./crashing-reader.testing.ts";

interface Reading {
  at: number;
}

const readings = Array.from({ length: 25 }, (_, index): Reading => ({ at: 100 + index }));

describe("batched", () => {
  it("makes batches of the given size, each with the cursor of its last row", async () => {
    const rows = batched(
      async function* () {
        yield* readings.slice(0, 5);
      },
      { size: 2, cursor: ({ at }: Reading) => at },
    );
    assert.deepEqual(await readAll(rows, {}), [
      { rows: [{ at: 100 }, { at: 101 }], cursor: 101 },
      { rows: [{ at: 102 }, { at: 103 }], cursor: 103 },
      { rows: [{ at: 104 }], cursor: 104 },
    ]);
  });

  it("passes the cursor to the source, or counts and skips rows without one", async () => {
    const from = ({ after }: RowsContext<unknown, number>) => readings.filter(({ at }) => at > (after ?? 0));
    for (const rows of [
      batched<Reading, number>(from, { size: 4, cursor: ({ at }) => at }),
      batched<Reading>(() => readings, { size: 4 }),
    ]) {
      for (let seed = 1; seed <= 100; seed += 1) {
        const random = seededRandom(seed);
        const result = await readWithCrashes(rows, { params: {}, crash: 0.4, random });
        assert.deepEqual(result.rows, readings, `seed ${seed}`);
      }
    }
  });

  it("ends the source when it is interrupted or aborted", async () => {
    let ended = 0;
    const rows = batched(
      async function* () {
        try {
          yield* readings;
        } finally {
          ended += 1;
        }
      },
      { size: 2 },
    );
    const controller = new AbortController();
    for await (const _ of rows({ after: undefined, params: {}, signal: controller.signal })) break;
    assert.equal(ended, 1);
    const reading = (async () => {
      for await (const _ of rows({ after: undefined, params: {}, signal: controller.signal })) {
        controller.abort(new Error("not wanted"));
      }
    })();
    await assert.rejects(reading, /not wanted/);
    assert.equal(ended, 2);
  });

  it("detects a source that has fewer rows than were skipped", async () => {
    const rows = batched(() => readings.slice(0, 3));
    await assert.rejects(readAll(rows, {}, 4), {
      name: "UserError",
      message: "the source of the rows has fewer rows than it had before",
    });
    assert.deepEqual(await readAll(rows, {}, 3), []);
  });
});
