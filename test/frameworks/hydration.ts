/** @module A page that a framework rendered on the server, and the script that takes it over in a browser. */

import assert from "node:assert/strict";
import type { BrowserContext, Page } from "playwright-core";
import type { PublicDownload } from "../../src/client/public-download.ts";
import { eventually } from "../support/real-cluster.ts";

export interface Initial {
  downloads: PublicDownload[];
}

/** Has a file made in the slot `own`; resolves with what a server renders while it runs. */
export async function initialWhileRunning(context: BrowserContext, entry: string): Promise<Initial> {
  const api = `${entry}/downloads`;
  const data = { kind: "cities.pdf", params: {}, slot: "own" };
  assert.equal((await context.request.post(api, { data })).status(), 202);
  return eventually("it runs", async () => {
    const list: Initial = await (await context.request.get(api)).json();
    return list.downloads[0]?.state === "processing" && list;
  });
}

/** Lets the server have the page at `/rendered`. */
export async function serveRendered(
  page: Page,
  { html, initial, script }: { html: string; initial: Initial; script: string },
): Promise<void> {
  const data = `<script>globalThis.initial = ${JSON.stringify(initial)}</script>`;
  const body = `<!doctype html><html lang="en"><title>Rendered</title><body><div id="app">${html}</div>${data}<script src="/rendered.js"></script>`;
  await page.route("**/rendered", (route) => route.fulfill({ contentType: "text/html", body }));
  await page.route("**/rendered.js", (route) =>
    route.fulfill({ contentType: "text/javascript; charset=utf-8", body: script }),
  );
}
