import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "../../clock/seeded-random.ts";
import { readAll, readWithCrashes } from "./crashing-reader.testing.ts";
import { keyset, type PageRequest } from "./keyset.ts";

interface Place {
  id: number;
  name: string;
}

const places = Array.from({ length: 10 }, (_, index): Place => ({ id: index + 1, name: `p${index + 1}` }));

/** A page function over a table in memory, like a query. */
function pageOf(table: readonly Place[]) {
  return ({ after, limit }: PageRequest<Place, "id">) =>
    table.filter(({ id }) => after === undefined || id > after.id).slice(0, limit);
}

const read = (page: (request: PageRequest<Place, "id">) => Place[] | Promise<Place[]>, limit = 3) =>
  readAll(keyset<Place, "id">({ key: "id", page, limit }), {});

describe("keyset", () => {
  it("gives batches of the limit, each with the key of its last row", async () => {
    const batches = await read(async (request) => pageOf(places)(request));
    assert.deepEqual(
      batches.map(({ rows, cursor }) => [rows.map(({ id }) => id), cursor]),
      [
        [[1, 2, 3], [3]],
        [[4, 5, 6], [6]],
        [[7, 8, 9], [9]],
        [[10], [10]],
      ],
    );
  });

  it("resumes after any cursor", async () => {
    const rows = keyset<Place, "id">({ key: "id", page: pageOf(places), limit: 4 });
    for (const { id } of places) {
      const after = (await readAll(rows, {}, [id])).flatMap((batch) => batch.rows);
      assert.deepEqual(after, places.slice(id));
    }
  });

  it("gives the page the parameters, the signal and the key by its columns", async () => {
    const seen: unknown[] = [];
    const rows = keyset<Place, "name" | "id", { country: string }>({
      key: ["name", "id"],
      limit: 2,
      page: ({ after, limit, params, signal }) => {
        seen.push([after, limit, params, signal.aborted]);
        return after === undefined ? places.slice(0, 2) : [];
      },
    });
    await readAll(rows, { country: "CH" });
    assert.deepEqual(seen, [
      [undefined, 3, { country: "CH" }, false],
      [{ name: "p2", id: 2 }, 3, { country: "CH" }, false],
    ]);
  });

  it("does not take a short page for the end, only an empty one", async () => {
    const batches = await read((request) => pageOf(places)({ ...request, limit: 2 }), 5);
    assert.deepEqual(
      batches.flatMap(({ rows }) => rows),
      places,
    );
  });

  it("yields nothing for an empty table", async () => assert.deepEqual(await read(() => []), []));

  it("neither misses nor repeats rows that stay, whatever others come, go or crash", async () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const random = seededRandom(seed);
      const staying = Array.from({ length: 30 }, (_, index) => ({ id: 10 * (index + 1), name: "stays" }));
      let table = [...staying];
      const meanwhile = () => {
        const id = Math.floor(random() * 320);
        table = table.filter((place) => place.id !== id || place.name === "stays");
        if (random() < 0.6 && id % 10 !== 0) table.push({ id, name: "comes" });
        table.sort((a, b) => a.id - b.id);
      };
      const page = (request: PageRequest<Place, "id">) => pageOf(table)(request);
      const limit = 1 + Math.floor(random() * 6);
      const rows = keyset<Place, "id">({ key: "id", page, limit });
      const result = await readWithCrashes(rows, { params: {}, crash: 0.3, random, meanwhile });
      const ids = result.rows.map(({ id }) => id);
      assert.deepEqual(
        ids.filter((id) => id % 10 === 0),
        staying.map(({ id }) => id),
        `seed ${seed}`,
      );
      assert.ok(
        ids.every((id, index) => index === 0 || id > ids[index - 1]!),
        `seed ${seed}: none twice, in order`,
      );
    }
  });
});

describe("keyset refuses", () => {
  const doubled = [...places.slice(0, 3), places[2]!, ...places.slice(3)];
  const message = /two rows have the same key "id": it must be unique/;

  it("a key that occurs twice in a page", async () => {
    await assert.rejects(read(pageOf(doubled), 6), { name: "UserError", retriable: false, message });
  });

  it("a key that occurs twice at the end of a batch", async () => {
    await assert.rejects(read(pageOf(doubled), 3), { name: "UserError", message });
  });

  it("a page that begins with the row it should start after", async () => {
    const page = ({ after, limit }: PageRequest<Place, "id">) =>
      places.filter(({ id }) => after === undefined || id >= after.id).slice(0, limit);
    await assert.rejects(read(page), {
      name: "UserError",
      message: /a page begins with the row that the page before ended with/,
    });
  });

  it("pages that don't advance", async () => {
    await assert.rejects(
      read(({ limit }) => places.slice(0, limit)),
      {
        name: "UserError",
        message: /the rows do not come in the order of their key "id"/,
      },
    );
    await assert.rejects(
      read(() => places.slice(0, 1)),
      { name: "UserError", message: /begins with the row/ },
    );
  });

  it("unordered rows", async () => {
    const page = pageOf([places[0]!, places[2]!, places[1]!]);
    await assert.rejects(read(page), { name: "UserError", message: /order them by it/ });
  });

  it("a key that is null", async () => {
    const page = () => [{ id: null as unknown as number, name: "" }];
    await assert.rejects(read(page), { name: "UserError", message: /"id" must not be null/ });
  });

  it("more rows than requested", async () => {
    await assert.rejects(
      read(() => places),
      {
        name: "UserError",
        message: "a page must have at most 4 rows, not 10: limit the query",
      },
    );
  });

  it("a result that is not a list of rows", async () => {
    const give = (value: unknown) => () => value as Place[];
    await assert.rejects(read(give({ rows: [] })), {
      name: "TypeError",
      message: "page must give a list of rows, not an object",
    });
    await assert.rejects(read(give([1])), { message: "row 1 of a page must be an object, not the number 1" });
  });

  it("invalid options", () => {
    const page = () => [];
    assert.throws(() => keyset({ key: [], page }), TypeError);
    assert.throws(() => keyset<Place, "id">({ key: ["id", "id"], page }), /names a column twice: id, id/);
    for (const limit of [0, 1.5, 1e6, Number.NaN]) {
      assert.throws(() => keyset<Place, "id">({ key: "id", page, limit }), {
        name: "TypeError",
        message: `limit must be a whole number from 1 to 100000, not the number ${limit}`,
      });
    }
  });
});

it("keyset reads nothing once it is aborted", async () => {
  const controller = new AbortController();
  let pages = 0;
  const page = (request: PageRequest<Place, "id">) => {
    pages += 1;
    controller.abort(new Error("not wanted"));
    return pageOf(places)(request);
  };
  const rows = keyset<Place, "id">({ key: "id", page, limit: 2 });
  const reading = (async () => {
    for await (const _ of rows({ after: undefined, params: {}, signal: controller.signal }));
  })();
  await assert.rejects(reading, /not wanted/);
  assert.equal(pages, 1);
});
