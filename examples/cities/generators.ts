/** @module The example's generators: the cities of the world in every format, and the article's fake worker. */

import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { csv, defineExport, keyset, pdf, zip } from "carryout/export";
import { z } from "zod";
import { type City, citiesAfter, countCities, countries, countryName, hasCountry } from "./cities.ts";

export { fake } from "./fake.ts";

/** Slows generation down enough to watch it: the whole world takes about 11 s. 0 means full speed. */
const ROWS_PER_SECOND = Number(process.env.CITIES_ROWS_PER_SECOND ?? 12_000);

const params = z.strictObject({
  country: z
    .string()
    .regex(/^[A-Za-z]{2}$/, { message: 'expected two letters, such as "DE"', abort: true })
    .toUpperCase()
    .refine(hasCountry, { error: ({ input }) => `there are no cities in ${JSON.stringify(input)}` })
    .meta({ title: "Places of", oneOf: countries.map(({ code, name }) => ({ const: code, title: name })) })
    .optional(),
});
type Params = z.output<typeof params>;

/** Three places have a name in Arabic letters, which the fonts of a PDF by default lack. Bold, as names are. */
const arabic = fileURLToPath(
  import.meta.resolve("@expo-google-fonts/noto-sans-arabic/700Bold/NotoSansArabic_700Bold.ttf"),
);

// Programs read the first line of CSV, so it has the columns' keys.
const formats = [
  pdf({ fonts: [arabic], footer: "GeoNames, CC BY 4.0" }),
  csv({ header: "keys" }),
  "xlsx",
  "ndjson",
  "parquet",
] as const;

/** Rows by ascending id. Resumes by id, not by offset: no row is lost or duplicated when the data changes. */
export const cities = defineExport({
  kind: "cities",
  title: ({ country }) => `Cities of ${country === undefined ? "the world" : countryName(country)}`,
  name: ({ country }) => (country === undefined ? "cities" : `cities-${country}`),
  unit: "cities",
  params,
  formats: [...formats, zip(formats)],
  columns: [
    { key: "id", title: "Id", type: "integer", value: ({ cityId }) => cityId, optional: true },
    { key: "name", title: "Name", bold: true },
    { key: "country", title: "Country", optional: true },
    { key: "region", title: "Region", value: ({ adminCode }) => adminCode, optional: true },
    { key: "type", title: "Type", value: ({ featureCode }) => featureCode, optional: true },
    { key: "population", title: "Population", type: "integer", grouping: true, optional: true },
    {
      key: "latitude",
      title: "Latitude",
      type: "number",
      decimals: 5,
      value: ({ loc }) => loc.coordinates[1],
      optional: true,
    },
    {
      key: "longitude",
      title: "Longitude",
      type: "number",
      decimals: 5,
      value: ({ loc }) => loc.coordinates[0],
      optional: true,
    },
  ],
  count: ({ params: { country } }) => countCities(country),
  rows: keyset<City, "cityId", Params>({
    key: "cityId",
    limit: 500,
    async page({ after, limit, params: { country }, signal }) {
      if (ROWS_PER_SECOND > 0) await wait((1_000 * limit) / ROWS_PER_SECOND, undefined, { signal });
      return citiesAfter(after?.cityId ?? 0, limit, country);
    },
  }),
});
