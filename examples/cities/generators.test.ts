import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { systemClock } from "../../src/clock/system.ts";
import { inlineExecutor } from "../../src/generator/inline.ts";
import { validateParams } from "../../src/generator/parameters.ts";
import { RecordingHost, sha256 } from "../../src/generator/recording-host.testing.ts";
import { registryOf } from "../../src/generator/registry.ts";
import { countCities, countries } from "./cities.ts";

process.env.CITIES_ROWS_PER_SECOND = "0";
const { cities } = await import("./generators.ts");

const executor = inlineExecutor({ registry: registryOf(Object.values(cities)), clock: systemClock });
before(() => executor.ready());
after(() => executor.close());

const requestedAt = Date.UTC(2026, 10, 26);

async function made(format: keyof typeof cities, given: Record<string, unknown>) {
  const host = new RecordingHost();
  const params = await validateParams(cities[format], given);
  const job = { downloadId: "test", kind: cities[format].kind, params, requestedAt, resume: null };
  const outcome = await executor.start(job, host).done;
  assert.equal(outcome.sha256, sha256(host.bytes()));
  return { text: host.bytes().toString(), bytes: host.bytes(), host, file: outcome.file };
}

describe("cities: parameters", () => {
  it("accepts a country code in upper or lower case, or none", async () => {
    const checked = async (given: unknown) =>
      (await validateParams(cities.csv, given)) as { params: unknown };
    assert.deepEqual((await checked({ country: "de" })).params, { country: "DE" });
    assert.deepEqual((await checked({})).params, {});
  });

  const refusals: [params: unknown, message: RegExp][] = [
    [{ country: "ZZ" }, /country: there are no cities in "ZZ"$/],
    [{ country: "Germany" }, /country: expected two letters/],
    [{ country: 7 }, /country: /],
    [{ land: "DE" }, /land/],
    ["DE", /expected an object/],
  ];
  for (const [params, message] of refusals) {
    it(`rejects ${JSON.stringify(params)}`, async () => {
      await assert.rejects(validateParams(cities.csv, params), { code: "invalid-parameters", message });
    });
  }

  it("tells forms the countries by name", () => {
    const { properties } = cities.pdf.offer!.schema as { properties: { country: { oneOf: unknown[] } } };
    assert.equal(properties.country.oneOf.length, countries.length);
    assert.ok(JSON.stringify(properties.country.oneOf).includes('{"const":"FR","title":"France"}'));
  });
});

describe("cities: files", () => {
  it("are named by country and day, and tell how far they are", async () => {
    const { file, host } = await made("csv", { country: "lu" });
    assert.deepEqual(file, {
      name: "cities-LU-2026-11-26.csv",
      type: "text/csv; charset=utf-8; header=present",
    });
    const total = countCities("LU");
    assert.deepEqual(host.reports.at(-1), { done: total, total, message: `${total} cities` });
  });

  it("cities.csv: a header and a record for each place, ordered by id", async () => {
    const { text } = await made("csv", { country: "PL" });
    assert.ok(text.endsWith("\r\n"));
    const [header, ...records] = text.trimEnd().split("\r\n");
    assert.equal(header, "id,name,country,region,type,population,latitude,longitude");
    assert.equal(records.length, countCities("PL"));
    const ids = records.map((record) => Number(record.split(",")[0]));
    assert.deepEqual(
      ids,
      ids.toSorted((a, b) => a - b),
    );
    assert.ok(records.some((record) => record.includes(",Łódź,PL,")));
  });

  it("cities.csv: negative numbers are not treated as formulas", async () => {
    assert.match((await made("csv", { country: "AR" })).text, /,-34\.\d+,-58\.\d+\r\n/);
  });

  it("cities.ndjson: a JSON object for each place", async () => {
    const lines = (await made("ndjson", { country: "IS" })).text.trimEnd().split("\n");
    assert.equal(lines.length, countCities("IS"));
    const keys = ["id", "name", "country", "region", "type", "population", "latitude", "longitude"];
    for (const line of lines) assert.deepEqual(Object.keys(JSON.parse(line)), keys);
  });

  it("only the chosen columns, and always the name", async () => {
    const { text } = await made("csv", { country: "LI", columns: ["population"] });
    assert.match(text, /^name,population\r\nVaduz|\r\nVaduz,\d+\r\n/);
  });
});
