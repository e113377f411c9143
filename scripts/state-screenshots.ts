/** @module Screenshots of the elements in every state and setting, on a stage without a cluster. For looking at. */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { orders } from "../src/ui/orders.testing.ts";
import { failed, finished, many, mixed, running, waiting } from "../test/browser/scenes.ts";
import { type PageOptions, Stage } from "../test/browser/stage.ts";

interface Setting extends PageOptions {
  name: string;
  context: BrowserContextOptions;
}

const wide = { viewport: { width: 1180, height: 800 }, deviceScaleFactor: 1 };
const phone = { viewport: { width: 320, height: 640 }, deviceScaleFactor: 2, hasTouch: true };

const SETTINGS: readonly Setting[] = [
  { name: "light", context: wide },
  { name: "dark", context: { ...wide, colorScheme: "dark" } },
  { name: "forced", context: { ...wide, forcedColors: "active" } },
  { name: "rtl", context: wide, lang: "ar", dir: "rtl" },
  { name: "german", context: wide, lang: "de" },
  { name: "japanese", context: wide, lang: "ja" },
  { name: "phone", context: phone },
  { name: "phone-dark-rtl", context: { ...phone, colorScheme: "dark" }, lang: "ar", dir: "rtl" },
];

const BUTTONS: Readonly<Record<string, string>> = {
  idle: 'kind="cities.pdf"',
  choices: `kind="cities.pdf" choices='[{"kind":"cities.pdf","name":"PDF","note":"For print."},{"kind":"cities.csv","name":"CSV"}]'`,
  waiting: 'kind="cities.pdf"',
  running: 'kind="cities.pdf"',
  message: 'kind="cities.zip"',
  unknown: 'kind="events.ndjson"',
  moved: 'kind="cities.csv"',
  other: 'kind="orders.csv"',
  again: 'kind="cities.pdf"',
  ready: 'kind="cities.pdf"',
  long: 'kind="report.pdf"',
  failed: 'kind="stock.xlsx"',
  hopeless: 'kind="stock.parquet"',
  refused: `kind="orders.csv" params='{"n":null}'`,
};

/** One image for each element and setting. */
export async function takeStates(browser: Browser, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const setting of SETTINGS) {
    const stage = await Stage.open();
    stage.exports = [orders];
    const context = await browser.newContext({
      locale: "en-GB",
      reducedMotion: "reduce",
      ...setting.context,
    });
    const page = await context.newPage();
    const take = async (name: string, fullPage = true) => {
      const path = join(folder, `${name}-${setting.name}.png`);
      await page.screenshot({ path, fullPage });
      console.log(path);
    };
    await buttons(stage, page, setting);
    await take("button");
    await form(stage, page, setting);
    await take("export");
    await tray(stage, page, setting);
    await take("tray", false);
    if (setting.context.viewport!.width <= 480) {
      await page.locator("carryout-tray [part=toggle]").first().click();
      await take("sheet", false);
    }
    await progress(stage, page, setting);
    await take("progress");
    await context.close();
    await stage.close();
  }
}

/** The elements in both themes, for the documentation. */
export async function takeShowcase(browser: Browser, path: string): Promise<void> {
  const stage = await Stage.open();
  const context = await browser.newContext({
    locale: "en-GB",
    viewport: { width: 728, height: 640 },
    deviceScaleFactor: 2,
  });
  const page = await context.newPage();
  const half = (theme: string) =>
    `<div class="show ${theme}"><div><carryout-button kind="cities.pdf" slot-name="r"></carryout-button>
      <carryout-button kind="orders.csv" slot-name="c"></carryout-button></div><carryout-tray dock="never"></carryout-tray></div>`;
  stage.setPage(["light", "dark"].map(half).join(""));
  const downloads = mixed().slice(0, 6);
  stage.show(...downloads);
  await page.goto(stage.url);
  await page.locator("carryout-tray [part~=ready]").first().waitFor();
  // An estimate is shown once some of them agree.
  for (let step = 0; step < 10; step += 1) {
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
    const change = { id: "r", slot: "r", kind: "cities.pdf", requestedAt: downloads[1]!.requestedAt };
    stage.change(running(55_000 + step, { ...change, etaMs: 145_000 - step * 300 }));
  }
  await page.locator("carryout-button [part=facts]").getByText("min").first().waitFor();
  await page.screenshot({ path, fullPage: true });
  console.log(path);
  await context.close();
  await stage.close();
}

async function buttons(stage: Stage, page: Page, setting: Setting): Promise<void> {
  const sections = Object.entries(BUTTONS).map(
    ([name, attributes]) =>
      `<section><h2>${name}</h2><carryout-button slot-name="${name}" ${attributes}></carryout-button></section>`,
  );
  stage.setPage(`<div class="grid">${sections.join("")}</div>`, setting);
  const slot = (name: string) => ({ id: name, slot: name });
  const before = running(40_000, { ...slot("moved"), kind: "cities.csv", etaMs: 200_000 });
  const message = { done: 3, total: 5, fraction: 0.62, message: "packing photos of the harbour" };
  stage.show(
    waiting(slot("waiting")),
    running(47_000, { ...slot("running"), etaMs: 15_000 }),
    running(3, { ...slot("message"), kind: "cities.zip", progress: message }),
    running(48_210, { ...slot("unknown"), kind: "events.ndjson" }, null),
    before,
    running(90_000, { ...slot("other"), kind: "invoices.xlsx" }),
    running(12_000, slot("again")),
    finished("cities-2026-11-20.pdf", 7_345_678, { id: "again-0", slot: "again" }),
    finished("cities-2026-11-26.pdf", 7_345_678, slot("ready")),
    finished("Bericht für das dritte Quartal 2026 – endgültige Fassung (2).pdf", 734_112, {
      ...slot("long"),
      kind: "report.pdf",
    }),
    failed("The warehouse is closed for stocktaking until Monday.", {
      ...slot("failed"),
      kind: "stock.xlsx",
    }),
    failed("x", {
      ...slot("hopeless"),
      kind: "stock.parquet",
      error: { code: "generation-out-of-memory", message: "x", retriable: false },
    }),
  );
  await page.goto(stage.url);
  await page.locator("carryout-button [part~=processing]").first().waitFor();
  stage.change({ ...before, node: "n2/y", epoch: 2 });
  const errors = [{ path: "n", message: "Invalid input: expected number, received NaN" }];
  stage.onStart = () => ({
    status: 422,
    body: { code: "invalid-parameters", detail: "n: Invalid input", errors },
  });
  await page.locator('[slot-name="refused"] [part=button]').click();
  await page.locator('[slot-name="refused"] [part~=error]').waitFor();
  await page.mouse.move(0, 0);
  await settle(page);
}

async function form(stage: Stage, page: Page, setting: Setting): Promise<void> {
  const kinds = ["form", "busy", "done"].map(
    (slot) =>
      `<section><h2>${slot}</h2><carryout-export kind="orders" slot-name="${slot}"></carryout-export></section>`,
  );
  stage.setPage(`<div class="grid">${kinds.join("")}</div>`, setting);
  stage.show(
    running(47_000, { id: "busy", slot: "busy", kind: "orders.csv", etaMs: 15_000 }),
    finished("orders.pdf", 7_345_678, { id: "done", slot: "done", kind: "orders.pdf" }),
  );
  await page.goto(stage.url);
  await page.locator("carryout-export [part~=ready]").waitFor();
  await settle(page);
}

async function tray(stage: Stage, page: Page, setting: Setting): Promise<void> {
  stage.setPage(
    `<div class="grid"><section><h2>20 rem</h2><carryout-tray></carryout-tray></section>
      <section class="narrow" dir="${setting.dir ?? "ltr"}"><h2>15 rem</h2><carryout-tray dock="never"></carryout-tray></section></div>`,
    setting,
  );
  stage.show(...mixed(), ...many(9));
  await page.goto(stage.url);
  await page.locator("carryout-tray [part~=item]").first().waitFor({ state: "attached" });
  await settle(page);
}

async function progress(stage: Stage, page: Page, setting: Setting): Promise<void> {
  const rows = [...mixed(), { id: "none", slot: "none" }].map(
    ({ slot }) =>
      `<tr><td>${slot}</td><td class="card"><carryout-progress slot-name="${slot}"><span slot="idle">nothing yet</span></carryout-progress></td></tr>`,
  );
  stage.setPage(`<table>${rows.join("")}</table>`, setting);
  stage.show(...mixed());
  await page.goto(stage.url);
  await page.locator("carryout-progress [part~=ready]").first().waitFor();
  await settle(page);
}

/** Until the estimates are shown, which need some events, and fonts are there. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
}
