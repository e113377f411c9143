import assert from "node:assert/strict";
import { test } from "node:test";
import { ann, testApp } from "./app.testing.ts";
import { FAKE_NOW } from "./fake-carryout.testing.ts";

function withDownloads(count: number) {
  const parts = testApp();
  for (let index = 0; index < count; index++) {
    const state = index % 2 === 0 ? "ready" : "processing";
    parts.carryout.put({ id: `d${index}`, slot: `s${index}`, state, requestedAt: FAKE_NOW + index });
  }
  const page = async (path: string) => {
    const response = await parts.app.request(path, { headers: ann });
    assert.equal(response.status, 200);
    const { downloads } = (await response.json()) as { downloads: { id: string }[] };
    const link = response.headers.get("link");
    const next = link === null ? null : /^<([^>]+)>; rel="next"$/.exec(link)?.[1];
    return { ids: downloads.map(({ id }) => id), next };
  };
  return { ...parts, page };
}

test("a list comes in pages that follow each other: the unfinished, then the finished, newest first", async () => {
  const { page } = withDownloads(7);
  const first = await page("/downloads?limit=3");
  const second = await page(first.next!);
  const third = await page(second.next!);
  assert.deepEqual([first.ids, second.ids, third.ids], [["d5", "d3", "d1"], ["d6", "d4", "d2"], ["d0"]]);
  assert.equal(third.next, null);
});

test("a page begins where the last one ended, also when what stood there is gone", async () => {
  const { carryout, page } = withDownloads(7);
  const { next } = await page("/downloads?limit=4");
  await carryout.remove("ann", "d6");
  carryout.put({ id: "new", slot: "new", requestedAt: FAKE_NOW + 100 });
  assert.deepEqual((await page(next!)).ids, ["d4", "d2", "d0"]);
});

test("without a limit a page has a hundred, with one five hundred at most", async () => {
  const { page } = withDownloads(600);
  assert.equal((await page("/downloads")).ids.length, 100);
  assert.equal((await page("/downloads?limit=100000")).ids.length, 500);
});

test("422 for what is no limit and no place", async () => {
  const { app } = testApp();
  for (const query of ["limit=0", "limit=x", "limit=-1", "limit=1e3", "after=d1", "after=", "after=f-"]) {
    const response = await app.request(`/downloads?${query}`, { headers: ann });
    assert.equal(response.status, 422, query);
    assert.equal((await response.json()).errors[0].path, query.split("=")[0]);
  }
});
