import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import type { PublicDownload } from "../../src/client/public-download.ts";
import { renderButton, renderTray } from "../../src/ui/render.ts";
import { newVisitor, openBrowser } from "./browser.ts";
import { finished, many, running, waiting } from "./scenes.ts";
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

/** Sums up the shifts of the page's layout (Layout Instability API) from now on. */
async function watchShifts(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const seen = globalThis as unknown as { shifts: number };
    seen.shifts = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.shifts += (entry as unknown as { value: number }).value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  return async () => {
    // Entries are delivered after the frame that they belong to.
    await page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
    return page.evaluate(() => (globalThis as unknown as { shifts: number }).shifts);
  };
}

/** Figures that get longer move themselves by a few pixels. What people notice begins at a hundred times as much. */
const NOTHING = 0.001;
const top = (page: Page) =>
  page.evaluate(() => document.querySelector("main > p")!.getBoundingClientRect().top);

const WIDTHS = { narrow: 340, wide: 900 };
const below = "<p>What stands beneath must not move.</p>".repeat(8);

const PERCENT: Record<number, string> = { 1000: "0%", 70000: "51%", 135233: "99%" };

/** One download's life, in the same slot. */
const life = (kind: string, slot: string): PublicDownload[] => {
  const same = { id: slot, slot, kind, requestedAt: new Date().toISOString() };
  return [
    waiting(same),
    running(1_000, same),
    running(70_000, { ...same, etaMs: 65_000 }),
    running(135_233, same),
    finished("cities.pdf", 7_345_678, same),
  ];
};

for (const [name, width] of Object.entries(WIDTHS)) {
  test(`a card has the same height from the first moment to the file, ${name}`, async () => {
    const { page, context } = await newVisitor(browser, { viewport: { width, height: 900 } });
    const shifts = await watchShifts(page);
    const [first, ...later] = life("cities.pdf", "default") as [PublicDownload, ...PublicDownload[]];
    const html = renderButton({ kind: "cities.pdf", downloads: [first], returnTo: "/", locale: "en-GB" });
    stage.setPage(`${html}${below}`);
    stage.show(first);
    await page.goto(stage.url);
    const title = page.locator("carryout-button [part=title]");
    await title.waitFor();
    const before = await top(page);
    for (const download of later) {
      stage.change(download);
      if (download.state === "ready") await page.locator("carryout-button [part=link]").waitFor();
      else
        await page
          .locator("carryout-button [part=percent]")
          .getByText(PERCENT[download.progress.done]!, { exact: true })
          .waitFor();
      assert.ok((await shifts()) < NOTHING, `${download.state} ${download.progress.done}: ${await shifts()}`);
      assert.equal(await top(page), before);
    }
    await context.close();
  });

  test(`a row of the tray has the same height from the first moment to the file, ${name}`, async () => {
    const { page, context } = await newVisitor(browser, { viewport: { width, height: 900 } });
    const shifts = await watchShifts(page);
    const [first, ...later] = life("cities.pdf", "x") as [PublicDownload, ...PublicDownload[]];
    const downloads = [first, ...many(4)];
    stage.setPage(`${renderTray({ downloads, returnTo: "/", locale: "en-GB", dock: "never" })}${below}`);
    stage.show(...downloads);
    await page.goto(stage.url);
    const items = page.locator("carryout-tray [part~=item]");
    await items.first().waitFor();
    const before = await top(page);
    for (const download of later) {
      stage.change(download);
      await page.locator(`carryout-tray [part~=${download.state}]`).first().waitFor();
      assert.ok((await shifts()) < NOTHING, `${download.state} ${download.progress.done}: ${await shifts()}`);
      assert.equal(await top(page), before);
    }
    await context.close();
  });
}
