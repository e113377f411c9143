/** @module The example's own routes: one page, rendered on the server, with Carryout's elements in it. */

import type { RoutesContext } from "carryout";
import { Hono } from "hono";
import { countries } from "./cities.ts";
import { placesPage, type Query } from "./page.ts";
import { findPlaces } from "./places.ts";

const LONGEST_TEXT = 100;

/** Everything the page loads is served here; no other site may frame it. */
const PAGE_HEADERS = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; "),
  "Referrer-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
};

export default function routes({ carryout, user, assetsPath, basePath }: RoutesContext): Hono {
  const app = new Hono();
  app.get("/", async (context) => {
    const person = await user(context.req.raw);
    const downloads = person === null ? [] : await carryout.list(person);
    const query = readQuery(new URL(context.req.url).searchParams);
    return context.html(
      placesPage({
        query,
        found: findPlaces(query),
        downloads,
        exports: carryout.exports(),
        assetsPath,
        basePath,
        node: carryout.name,
      }),
      200,
      PAGE_HEADERS,
    );
  });
  return app;
}

/** Invalid values are ignored: a page with some results is more useful than an error. */
export function readQuery(parameters: URLSearchParams): Query {
  const code = parameters.get("country")?.toUpperCase();
  const page = Number(parameters.get("page") ?? 1);
  return {
    text: (parameters.get("q") ?? "").slice(0, LONGEST_TEXT),
    country: countries.find((country) => country.code === code)?.code ?? null,
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
    problem: parameters.get("carryout_error"),
  };
}
