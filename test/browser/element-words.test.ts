import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { renderButton, renderTray } from "../../src/ui/render.ts";
import { everyLanguage } from "../../src/ui/words/every.ts";
import { LOSSES, newVisitor, openBrowser } from "./browser.ts";
import { finished, mixed, waiting } from "./scenes.ts";
import { Stage } from "./stage.ts";

let browser: Browser;
let stage: Stage;

before(async () => {
  browser = await openBrowser();
  stage = await Stage.open();
});

after(async () => {
  await browser?.close();
  await stage?.close();
});

const wordsAsked = () => stage.asked.filter((line) => line.includes("/carryout/words-"));

test("a page in English loads no other words; each language loads its own, once", async () => {
  const { page, context } = await newVisitor(browser);
  for (const [lang, words] of Object.entries(everyLanguage)) {
    stage.asked.length = 0;
    stage.setPage('<carryout-button kind="a.csv"></carryout-button><carryout-tray></carryout-tray>', {
      lang,
    });
    stage.show();
    await page.goto(stage.url);
    await page.locator("carryout-tray [part=empty]").getByText(words.empty).waitFor();
    assert.equal(
      ((await page.locator("carryout-button [part=button]").textContent()) ?? "").trim(),
      words.button.replace("{format}", "CSV"),
    );
    assert.deepEqual(wordsAsked(), lang === "en" ? [] : [`GET /carryout/words-${lang}.js`]);
  }
  await context.close();
});

test("the nearest lang counts, also outside of a shadow tree, and a change of it", async () => {
  const { page, context } = await newVisitor(browser);
  stage.setPage(`<div lang="fr"><carryout-tray id="a"></carryout-tray>
    <carryout-tray id="b" lang="es"></carryout-tray><div id="host"></div></div>`);
  stage.show();
  await page.goto(stage.url);
  const says = (id: string, text: string) =>
    page.locator(`#${id} [part=heading]`).getByText(text, { exact: true }).waitFor();
  await says("a", everyLanguage.fr!.tray);
  await says("b", everyLanguage.es!.tray);
  await page.evaluate(() => {
    const root = document.querySelector("#host")!.attachShadow({ mode: "open" });
    root.innerHTML = '<carryout-tray id="c"></carryout-tray>';
  });
  await says("c", everyLanguage.fr!.tray);
  await page.locator("#b").evaluate((tray) => tray.setAttribute("lang", "de"));
  await says("b", everyLanguage.de!.tray);
  await page.locator("#a").evaluate((tray) => {
    document.body.append(tray);
    document.documentElement.lang = "ja";
  });
  await says("a", everyLanguage.ja!.tray);
  await context.close();
});

test("until its words are there, an element shows what the server rendered; without them it speaks English", async () => {
  const { page, context } = await newVisitor(browser, { tolerates: LOSSES });
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/words-de.js", async (route) => {
    await held;
    await route.abort();
  });
  stage.setPage(renderTray({ downloads: mixed(), returnTo: "/", locale: "de" }));
  stage.show(...mixed());
  const failed = page.waitForEvent("requestfailed");
  const asked = page.waitForRequest("**/words-de.js");
  await page.goto(stage.url);
  await asked;
  await page.getByText(everyLanguage.de!.tray, { exact: true }).waitFor();
  release();
  await failed;
  await page.getByRole("button", { name: /Your downloads/ }).waitFor();
  await context.close();
});

test("the server and the element say the same", async () => {
  const { page, context } = await newVisitor(browser, { timezoneId: "UTC", javaScriptEnabled: false });
  const downloads = mixed().map((download) => ({ ...download, etaMs: null }));
  stage.setPage(renderTray({ downloads, returnTo: "/", locale: "en-GB" }));
  stage.show(...downloads);
  const rows = () => page.locator("carryout-tray .co-item").allInnerTexts();
  await page.goto(stage.url);
  const rendered = await rows();
  const scripted = await newVisitor(browser, { timezoneId: "UTC" });
  await scripted.page.goto(stage.url);
  await scripted.page.locator("carryout-tray [part~=item]").first().waitFor();
  const shown = await scripted.page.locator("carryout-tray [part~=item]").allInnerTexts();
  const tidy = (texts: string[]) =>
    texts.map((text) =>
      text
        .replace(/[\s,]+/g, " ")
        .replace(" UTC", "")
        .trim(),
    );
  assert.deepEqual(tidy(shown), tidy(rendered));
  await context.close();
  await scripted.context.close();
});

test("times have the reader's clock where the page leaves the region open", async () => {
  const expiresAt = new Date(Date.now() + 3 * 86_400_000);
  expiresAt.setUTCHours(15, 7);
  for (const [locale, expected] of [
    ["en-GB", /15:07/],
    ["en-US", /3:07\sPM/],
  ] as const) {
    const { page, context } = await newVisitor(browser, { locale, timezoneId: "UTC" });
    stage.setPage('<carryout-button kind="cities.pdf"></carryout-button>', { lang: "en" });
    stage.show(finished("cities.pdf", 1, { expiresAt: expiresAt.toISOString() }));
    await page.goto(stage.url);
    await page.locator("carryout-button [part=facts]").getByText(expected).waitFor();
    await context.close();
  }
});

test("a place in line and a long wait are told without ordinals and in days", async () => {
  const { page, context } = await newVisitor(browser);
  stage.setPage('<carryout-button kind="cities.pdf"></carryout-button>', { lang: "fr" });
  stage.show(waiting({ position: 3, etaMs: 80.5 * 3_600_000 }));
  await page.goto(stage.url);
  const facts = page.locator("carryout-button [part=facts]");
  await page.locator("carryout-button [part=line]").getByText("position 3 dans la file d’attente").waitFor();
  await facts.getByText(/prêt dans environ 3–4\sjours/).waitFor();
  await context.close();
});

const loaded = (name: string) => stage.asked.filter((line) => line === `GET /carryout/${name}`).length;
const SHOWN = '<carryout-button kind="a.csv"></carryout-button>';
/** The button's, once it is shown. */
const background = (page: Page) =>
  page
    .locator("carryout-button [part=button]")
    .evaluate((button) => getComputedStyle(button).backgroundColor);
const ACCENT = "rgb(109, 40, 217)";

test("the shadow trees have the styles of carryout.css, be it linked or not, also of an element that comes later", async () => {
  for (const isLinked of [true, false]) {
    const { page, context } = await newVisitor(browser, { colorScheme: "light" });
    stage.setPage(SHOWN, { isLinked });
    stage.show();
    await page.goto(stage.url);
    assert.equal(await background(page), ACCENT);
    stage.asked.length = 0;
    await page.evaluate((html) => {
      document.querySelector("main")!.innerHTML = html;
    }, SHOWN);
    assert.equal(await background(page), ACCENT);
    assert.deepEqual([loaded("carryout.css"), loaded("styles.js")], [0, 0]);
    await context.close();
  }
});

test("styles of another version, or none, are replaced by those of the script's own", async () => {
  const { page, context } = await newVisitor(browser, {
    colorScheme: "light",
    tolerates: /^Failed to load resource/,
  });
  for (const answer of [{ body: "/*! carryout 0.0.1 */\n" }, { status: 404 }, null]) {
    await page.route("**/carryout.css", (route) => (answer ? route.fulfill(answer) : route.abort()));
    stage.asked.length = 0;
    stage.setPage(SHOWN);
    stage.show();
    await page.goto(stage.url);
    assert.equal(await background(page), ACCENT);
    assert.equal(loaded("styles.js"), 1);
    await page.unroute("**/carryout.css");
  }
  await context.close();
});

test("when no node answers for the styles, the server's HTML stays until one does", async () => {
  const { page, context } = await newVisitor(browser, { colorScheme: "light", tolerates: LOSSES });
  let refusals = 0;
  await page.route(/carryout\.css|styles\.js/, (route) => {
    refusals += 1;
    return refusals <= 4 ? route.abort() : route.continue();
  });
  stage.show();
  stage.setPage(
    renderButton({ kind: "a.csv", downloads: [], returnTo: "/", words: { button: "From the server" } }),
  );
  await page.goto(stage.url);
  assert.ok(await page.getByText("From the server").isVisible());
  assert.equal(await background(page), ACCENT);
  assert.ok(refusals > 4);
  await context.close();
});
