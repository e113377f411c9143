/** @module The page as HTML: sidebar, search, table, and the download at the right. Works without JavaScript. */

import { type PublicDownload, type PublicExport, renderExport, renderHead, renderTray } from "carryout";
import { html, raw } from "hono/html";
import { countries, countryName } from "./cities.ts";
import type { PageOfPlaces, Place } from "./places.ts";

/** What the URL asks for. */
export interface Query {
  text: string;
  /** A known country, or null. */
  country: string | null;
  page: number;
  /** The error code that a form without JavaScript came back with. */
  problem: string | null;
}

export interface PlacesPage {
  query: Query;
  found: PageOfPlaces;
  downloads: PublicDownload[];
  /** What this node's generators export. */
  exports: PublicExport[];
  assetsPath: string;
  /** Prefix of this application's URLs; "" at the root. */
  basePath: string;
  /** The node that rendered the page, shown to illustrate the cluster. */
  node: string;
}

const formats = [
  {
    kind: "cities.pdf",
    name: "PDF",
    note: "A paged table for print. The whole world fills thousands of pages.",
  },
  { kind: "cities.csv", name: "CSV", note: "For spreadsheets: one line a place, with coordinates." },
  {
    kind: "cities.xlsx",
    name: "Excel",
    note: "A workbook: numbers are numbers, the first line stays in view.",
  },
  { kind: "cities.ndjson", name: "NDJSON", note: "For programs: one JSON object a line." },
  {
    kind: "cities.parquet",
    name: "Parquet",
    note: "For databases and data frames: typed columns, compressed.",
  },
  { kind: "cities.zip", name: "ZIP", note: "All of them in one archive." },
];

const whole = new Intl.NumberFormat("en");

export function placesPage(page: PlacesPage) {
  const { query, found, downloads, assetsPath } = page;
  const title = query.country === null ? "Places of the world" : `Places in ${countryName(query.country)}`;
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title}</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${assetsPath}/page.css">
    ${raw(renderHead({ downloads, assetsPath }))}
  </head>
  <body class="flex min-h-screen flex-col lg:grid lg:grid-cols-[18rem_minmax(0,1fr)]">
    <a class="sr-only focus:not-sr-only focus:absolute focus:left-3 focus:top-3 focus:z-10 focus:rounded-md focus:bg-white focus:px-3 focus:py-2 focus:text-violet-800" href="#places">Skip to the table</a>
    ${sidebar(page)}
    <main class="order-2 min-w-0 flex-1 px-4 py-7 sm:px-8 lg:px-10 lg:py-10">
      <div class="mx-auto grid max-w-7xl items-start gap-x-10 gap-y-7 xl:grid-cols-[minmax(0,1fr)_22.5rem]">
        <header class="xl:col-start-1">
          <h1 class="text-[1.625rem]/8 font-semibold tracking-tight text-balance">${title}</h1>
          <p class="mt-1 text-ink-soft">${summary(query, found)}</p>
        </header>
        ${exportCard(page)}
        <div class="min-w-0 xl:col-start-1 xl:row-start-2">
          ${searchForm(page)} ${table(page)} ${pagination(page)}
        </div>
      </div>
      ${footer(page.node)}
    </main>
  </body>
</html>`;
}

function sidebar(page: PlacesPage) {
  const { basePath, downloads } = page;
  const link =
    "block rounded-lg px-3 py-2 font-medium outline-offset-2 focus-visible:outline-2 focus-visible:outline-violet-300";
  const dark = "sidebar bg-[#17141f] text-[#edeaf4]";
  // On a narrow screen its first half becomes the page's header and its second half the footer.
  return html`<aside class="contents ${dark} lg:sticky lg:top-0 lg:block lg:h-screen lg:overflow-y-auto">
    <div class="${dark} order-1 flex flex-wrap items-center justify-between gap-x-6 gap-y-1 px-4 py-3 lg:flex-col lg:items-stretch lg:justify-start lg:px-4 lg:py-7">
      <a href="${basePath}/" class="flex items-center gap-2.5 text-lg font-semibold tracking-tight lg:px-3">${logo()} Gazetteer</a>
      <nav aria-label="Main" class="flex gap-1 text-[0.9375rem] lg:flex-col">
        <a class="${link} bg-white/10 text-white" aria-current="page" href="${basePath}/">Places</a>
        <a class="${link} text-[#bcb6cc] hover:bg-white/5 hover:text-white" href="${basePath}/cluster">Cluster</a>
      </nav>
    </div>
    <div class="${dark} order-3 px-4 pb-8 pt-6 lg:pt-2" id="downloads">
      <div class="border-white/10 lg:border-t lg:pt-6">
        ${raw(renderTray({ downloads, basePath, exports: page.exports, returnTo: addressOf(page) }))}
      </div>
    </div>
  </aside>`;
}

function logo() {
  return html`<svg viewBox="0 0 24 24" class="size-6 text-violet-400" fill="none" stroke="currentColor" stroke-width="1.75" aria-hidden="true">
    <circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c2.6 2.6 3.9 5.6 3.9 9s-1.300 6.400-3.900 9c-2.600-2.600-3.900-5.600-3.900-9s1.300-6.400 3.900-9Z"/>
  </svg>`;
}

function summary({ text, country }: Query, { total }: PageOfPlaces) {
  const count = whole.format(total);
  if (text.trim() !== "") return `${count} ${total === 1 ? "match" : "matches"} for “${text.trim()}”`;
  return country === null
    ? `${count} towns and cities in ${countries.length} countries and territories`
    : `${count} towns and cities, largest first`;
}

function exportCard(page: PlacesPage) {
  const { basePath, query, downloads } = page;
  const { country } = query;
  const offer = page.exports.find(({ kind }) => kind === "cities");
  const latest = downloads.find(({ slot }) => slot === "default")?.kind;
  return html`<section aria-labelledby="export" class="rounded-2xl border border-line bg-card p-5 xl:col-start-2 xl:row-span-2 xl:row-start-1 xl:sticky xl:top-10">
    <h2 id="export" class="font-semibold">Export</h2>
    <p class="mb-4 mt-0.5 text-sm text-ink-soft">${offer ? "Keeps going when you leave the page." : "This node has no exports."}</p>
    <div>
      ${raw(
        offer
          ? renderExport({
              export: offer,
              downloads,
              basePath,
              returnTo: addressOf(page),
              choices: formats,
              format: offer.formats.find(({ kind }) => kind === latest)?.name ?? "pdf",
              ...(country !== null && { values: { country } }),
              words: { any: "All countries" },
              problem: query.problem,
            })
          : "",
      )}
    </div>
  </section>`;
}

function searchForm({ basePath, query: { text, country } }: PlacesPage) {
  const field =
    "h-10 rounded-lg border border-line bg-card px-3 outline-offset-1 focus-visible:outline-2 focus-visible:outline-accent";
  return html`<form role="search" action="${basePath}/" class="mb-5 flex flex-wrap gap-2.5">
    <label class="min-w-36 flex-1 basis-40"><span class="sr-only">Name</span>
      <input class="${field} w-full placeholder:text-ink-soft" type="search" name="q" value="${text}" placeholder="Search by name" maxlength="100" autocomplete="off">
    </label>
    <label class="min-w-36 flex-1 basis-40 sm:max-w-64"><span class="sr-only">Country</span>
      <select class="${field} w-full" name="country">
        <option value="">All countries</option>
        ${countries.map(({ code, name }) => html`<option value="${code}"${code === country ? raw(" selected") : ""}>${name}</option>`)}
      </select>
    </label>
    <button class="${field} cursor-pointer px-4 font-medium hover:border-ink-soft">Search</button>
  </form>`;
}

function table(page: PlacesPage) {
  const { basePath, query } = page;
  const { places } = page.found;
  if (places.length === 0) {
    return html`<div id="places" class="rounded-2xl border border-dashed border-line px-6 py-14 text-center">
      <p class="font-medium">No place has this in its name</p>
      <p class="mt-1 text-ink-soft">Try a shorter part of the name, or <a class="text-accent underline underline-offset-4" href="${basePath}/">start over</a>.</p>
    </div>`;
  }
  const head = "border-b border-line px-2.5 py-2.5 @sm:px-4 text-[0.8125rem] font-medium text-ink-soft";
  return html`<div id="places" class="@container overflow-x-auto rounded-2xl border border-line bg-card">
    <table class="w-full text-left text-[0.875rem]">
      <thead><tr>
        <th scope="col" class="${head}">Place</th>
        ${query.country === null ? html`<th scope="col" class="${head} hidden @sm:table-cell">Country</th>` : ""}
        <th scope="col" class="${head} hidden @lg:table-cell">Rank</th>
        <th scope="col" class="${head} text-right">Population</th>
        <th scope="col" class="${head} hidden text-right @[44rem]:table-cell">Position</th>
      </tr></thead>
      <tbody>${places.map((place) => row(place, page))}</tbody>
    </table>
  </div>`;
}

function row(place: Place, { basePath, query }: PlacesPage) {
  const cell = "border-b border-line px-2.5 py-2.5 @sm:px-4 group-last:border-0 wrap-anywhere";
  const country = html`<a class="underline-offset-4 hover:underline" href="${basePath}/?country=${place.country}">${countryName(place.country)}</a>`;
  const ofWorld = query.country === null;
  return html`<tr class="group hover:bg-accent/5">
    <th scope="row" class="${cell} font-medium">${place.name}
      ${ofWorld ? html`<span class="block font-normal text-ink-soft @sm:hidden">${country}</span>` : ""}</th>
    ${ofWorld ? html`<td class="${cell} hidden @sm:table-cell">${country}</td>` : ""}
    <td class="${cell} hidden whitespace-nowrap text-ink-soft @lg:table-cell">${place.rank}</td>
    <td class="${cell} whitespace-nowrap text-right tabular-nums">${whole.format(place.population)}</td>
    <td class="${cell} hidden whitespace-nowrap text-right text-ink-soft tabular-nums @[44rem]:table-cell">${position(place)}</td>
  </tr>`;
}

function position({ latitude, longitude }: Place): string {
  const degrees = (value: number, letters: string) =>
    `${Math.abs(value).toFixed(1)}° ${value < 0 ? letters[1] : letters[0]}`;
  return `${degrees(latitude, "NS")}, ${degrees(longitude, "EW")}`;
}

function pagination(current: PlacesPage) {
  const { page, pages } = current.found;
  if (pages === 1) return "";
  const step = (to: number, label: string, rel: string) =>
    to < 1 || to > pages
      ? html`<span class="rounded-lg border border-transparent px-3.5 py-2 text-ink-soft" aria-hidden="true">${label}</span>`
      : html`<a rel="${rel}" class="rounded-lg border border-line bg-card px-3.5 py-2 font-medium outline-offset-2 hover:border-ink-soft focus-visible:outline-2 focus-visible:outline-accent" href="${addressOf(current, to)}">${label}</a>`;
  return html`<nav aria-label="Pages" class="mt-5 flex items-center justify-between gap-4 text-sm">
    ${step(page - 1, "Previous", "prev")}
    <span class="text-ink-soft tabular-nums">Page ${whole.format(page)} of ${whole.format(pages)}</span>
    ${step(page + 1, "Next", "next")}
  </nav>`;
}

function footer(node: string) {
  const link = "underline underline-offset-4 hover:text-accent";
  return html`<footer class="mx-auto mt-12 flex max-w-7xl flex-wrap justify-between gap-x-8 gap-y-2 border-t border-line pt-5 text-sm text-ink-soft">
    <p>Data from <a class="${link}" href="https://www.geonames.org/">GeoNames</a>, <a class="${link}" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a></p>
    <p>This page was served by node ${node}</p>
  </footer>`;
}

/** The URL of this page, or of another page number; parameters that were not given are left out. */
function addressOf({ basePath, query, found }: PlacesPage, page = found.page): string {
  const { text, country } = query;
  const parameters = new URLSearchParams();
  if (text !== "") parameters.set("q", text);
  if (country !== null) parameters.set("country", country);
  if (page > 1) parameters.set("page", String(page));
  return parameters.size === 0 ? `${basePath}/` : `${basePath}/?${parameters}`;
}
