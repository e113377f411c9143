import assert from "node:assert/strict";
import { test } from "node:test";
import { countries } from "../../examples/cities/cities.ts";
import { findPlaces, PAGE_SIZE } from "../../examples/cities/places.ts";

const search = (text: string, country: string | null = null, page = 1) => findPlaces({ text, country, page });

test("without a query, all places are listed, largest first", () => {
  const found = search("");
  assert.equal(found.total, 135_233);
  assert.equal(found.places.length, PAGE_SIZE);
  assert.equal(found.places[0]!.name, "Shanghai");
});

test("search ignores accents and case, and lists names that begin with the text first", () => {
  assert.equal(search("sao PAULO").places[0]!.name, "São Paulo");
  const { places, total } = search("paris");
  assert.equal(places[0]!.name, "Paris");
  const begins = search("paris", null, Math.ceil(total / PAGE_SIZE)).places.at(-1)!;
  assert.ok(!begins.name.toLowerCase().startsWith("paris") && /paris/i.test(begins.name));
});

test("a search finds the same places as a linear scan of all names", () => {
  for (const text of ["berg", "zz"]) {
    const expected = countries.reduce((sum, { code }) => sum + search(text, code).total, 0);
    assert.equal(search(text).total, expected, text);
  }
  let inFrance = 0;
  for (let page = 1; page <= search("", "FR").pages; page += 1) {
    inFrance += search("", "FR", page).places.filter(({ name }) =>
      /bourg/i.test(name.normalize("NFD")),
    ).length;
  }
  assert.equal(search("bourg", "FR").total, inFrance);
});

test("pages beyond the end show the last one; an empty result is one empty page", () => {
  const last = search("", "AD", 99);
  assert.equal(last.page, last.pages);
  assert.ok(last.places.length > 0);
  assert.deepEqual(search("nowhere at all"), { places: [], total: 0, page: 1, pages: 1 });
});

test("line breaks in a search match nothing unexpected", () => {
  assert.equal(search("a\nb").total, search("a b").total);
});
