/** @module The example's generators: the cities of the world as CSV, NDJSON and PDF, and the article's fake worker. */

import { defineGenerator, type Generation } from "carryout";
import { stringify } from "csv-stringify/sync";
import { z } from "zod";
import { type City, citiesAfter, countCities, hasCountry } from "./cities.ts";
import { citiesPerGroup, firstPart, type PdfPosition, pagesPart } from "./cities-pdf.ts";

export { fake } from "./fake.ts";

const CHUNK = 500;

/** Slows generation down enough to watch it: the whole world takes about 11 s. 0 means full speed. */
const ROWS_PER_SECOND = Number(process.env.CITIES_ROWS_PER_SECOND ?? 12_000);

const params = z.strictObject({
  country: z
    .string()
    .regex(/^[A-Za-z]{2}$/, { message: 'expected two letters, such as "DE"', abort: true })
    .toUpperCase()
    .refine(hasCountry, { error: ({ input }) => `there are no cities in ${JSON.stringify(input)}` })
    .optional(),
});
type Params = z.output<typeof params>;

export const citiesCsv = defineGenerator({
  kind: "cities.csv",
  params,
  file: ({ country }) => ({
    name: fileName(country, "csv"),
    type: "text/csv; charset=utf-8; header=present",
  }),
  run: (generation: Generation<Params, RowPosition>) =>
    exportRows(generation, { head: csv([COLUMNS]), rows: (cities) => csv(cities.map(cells)) }),
});

export const citiesNdjson = defineGenerator({
  kind: "cities.ndjson",
  params,
  file: ({ country }) => ({ name: fileName(country, "ndjson"), type: "application/x-ndjson" }),
  run: (generation: Generation<Params, RowPosition>) => exportRows(generation, { head: "", rows: ndjson }),
});

/** Written in sections that each complete a PDF, so that it resumes at the page where another node stopped. */
export const citiesPdf = defineGenerator({
  kind: "cities.pdf",
  params,
  file: ({ country }) => ({ name: fileName(country, "pdf"), type: "application/pdf" }),
  async run({
    params: { country },
    resume,
    write,
    progress,
    checkpoint,
    sleep,
  }: Generation<Params, PdfPosition>) {
    const total = countCities(country);
    let position = resume;
    if (position === undefined) {
      const first = firstPart(country);
      await write(first.bytes);
      position = first.position;
    }
    for (;;) {
      const cities = citiesAfter(position.after, citiesPerGroup, country);
      if (cities.length === 0) return;
      const part = pagesPart(position, cities, total, country);
      await write(part.bytes);
      position = part.position;
      progress(
        position.rows,
        total,
        `${position.rows.toLocaleString("en")} of ${total.toLocaleString("en")} cities`,
      );
      await checkpoint(position);
      await brake(cities.length, sleep);
    }
  },
});

/** The id of the last row written, and the number of rows so far. */
interface RowPosition {
  after: number;
  done: number;
}

/** Rows by ascending id. Resumes by id, not by offset: no row is lost or duplicated when the data changes. */
async function exportRows(
  { params: { country }, resume, write, progress, checkpoint, sleep }: Generation<Params, RowPosition>,
  format: { head: string; rows: (cities: City[]) => string },
): Promise<void> {
  const total = countCities(country);
  let { after, done } = resume ?? { after: 0, done: 0 };
  if (resume === undefined) await write(format.head);
  for (;;) {
    const cities = citiesAfter(after, CHUNK, country);
    const last = cities.at(-1);
    if (last === undefined) return;
    await write(format.rows(cities));
    after = last.cityId;
    done += cities.length;
    progress(done, total, `${done.toLocaleString("en")} of ${total.toLocaleString("en")} cities`);
    await checkpoint({ after, done });
    await brake(cities.length, sleep);
  }
}

const COLUMNS = ["id", "name", "country", "region", "type", "population", "latitude", "longitude"];

function cells(city: City): (string | number)[] {
  const [longitude, latitude] = city.loc.coordinates;
  const { cityId, name, country, adminCode, featureCode, population } = city;
  return [cityId, name, country, adminCode, featureCode, population, latitude, longitude];
}

/** RFC 4180. A cell that a spreadsheet would run as a formula is prefixed with an apostrophe. */
export function csv(records: (string | number)[][]): string {
  return stringify(records, { record_delimiter: "windows", escape_formulas: true, quoted_match: /[\r\n]/ });
}

function ndjson(cities: City[]): string {
  return cities
    .map((city) => {
      const values = cells(city);
      return `${JSON.stringify(Object.fromEntries(COLUMNS.map((name, index) => [name, values[index]])))}\n`;
    })
    .join("");
}

function fileName(country: string | undefined, extension: string): string {
  return country === undefined ? `cities.${extension}` : `cities-${country}.${extension}`;
}

async function brake(rows: number, sleep: Generation["sleep"]): Promise<void> {
  if (ROWS_PER_SECOND > 0) await sleep((1000 * rows) / ROWS_PER_SECOND);
}
