import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { orders } from "../../src/ui/orders.testing.ts";
import { eventually } from "../support/real-cluster.ts";
import { newVisitor, openBrowser } from "./browser.ts";
import { finished, many, mixed, running, waiting } from "./scenes.ts";
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

const isFocused = (page: Page, part: string) => page.locator(`carryout-tray [part~=${part}]:focus`).waitFor();

function partsOf(page: Page) {
  const part = (name: string) => page.locator(`carryout-tray [part~="${name}"]`);
  return {
    items: part("item"),
    toggle: part("toggle"),
    more: part("more"),
    list: part("list"),
  };
}

test("rows are called by file or export; a click anywhere on a ready one fetches its file by navigation", async () => {
  const { page, context } = await newVisitor(browser);
  stage.exports = [orders];
  stage.setPage("<carryout-tray></carryout-tray>");
  stage.show(
    running(10, { id: "r", slot: "r", kind: "orders.csv" }),
    finished("everything.zip", 5_000_000, { id: "z", slot: "z", kind: "all.zip" }),
  );
  await page.goto(stage.url);
  const { items } = partsOf(page);
  await items.first().getByText("Orders (CSV)", { exact: true }).waitFor();
  const arriving = page.waitForEvent("download");
  await items.nth(1).click({ position: { x: 8, y: 8 } });
  const download = await arriving;
  assert.equal(download.suggestedFilename(), "everything.zip");
  assert.match(download.url(), /^http:.*\/downloads\/z\/everything\.zip$/);
  await context.close();
});

test("the heading folds the list, and tells how much is in progress", async () => {
  const { page, context } = await newVisitor(browser);
  stage.setPage("<carryout-tray></carryout-tray>");
  stage.show(...mixed());
  await page.goto(stage.url);
  const { toggle, list } = partsOf(page);
  await page.getByRole("button", { name: "Your downloads 3 in progress", expanded: true }).waitFor();
  await toggle.click();
  await list.waitFor({ state: "hidden" });
  await page.reload();
  await page.getByRole("button", { name: /Your downloads/, expanded: false }).waitFor();
  await toggle.focus();
  await page.keyboard.press("Enter");
  await list.waitFor();
  await context.close();
});

test("a history of many pages is shown bit by bit, and keeps the focus", async () => {
  const { page, context } = await newVisitor(browser);
  stage.setPage("<carryout-tray></carryout-tray>");
  stage.show(...many(130));
  await page.goto(stage.url);
  const { items, more } = partsOf(page);
  await items.nth(9).waitFor();
  assert.equal(await items.count(), 10);
  await more.focus();
  await page.keyboard.press("Enter");
  await items.nth(29).waitFor();
  await isFocused(page, "item");
  while (await more.count()) {
    const before = await items.count();
    await more.click();
    await eventually("more rows", async () => (await items.count()) > before);
  }
  assert.equal(await items.count(), 130);
  await context.close();
});

test("a change of one of a hundred downloads changes one row", async () => {
  const { page, context } = await newVisitor(browser);
  const downloads = Array.from({ length: 100 }, (_, index) =>
    running(index, { id: `r${index}`, slot: `r${index}`, kind: "report.csv" }),
  );
  stage.setPage("<carryout-tray></carryout-tray>");
  stage.show(...downloads);
  await page.goto(stage.url);
  const { items } = partsOf(page);
  await items.nth(99).waitFor({ state: "attached" });
  await page.evaluate(() => {
    const seen = globalThis as unknown as { changed: Set<string> };
    seen.changed = new Set();
    new MutationObserver((records) => {
      for (const { target } of records) {
        const element = target instanceof Element ? target : target.parentElement;
        const id = element?.closest<HTMLElement>("[data-id]")?.dataset.id;
        if (id) seen.changed.add(id);
      }
    }).observe(document.querySelector("carryout-tray")!.shadowRoot!, {
      subtree: true,
      childList: true,
      attributes: true,
      characterData: true,
    });
  });
  stage.change(running(100_000, { ...downloads[40]!, progress: running(100_000).progress }));
  await items.getByText("73%").waitFor();
  const changed = await page.evaluate(() => [...(globalThis as unknown as { changed: Set<string> }).changed]);
  assert.deepEqual(changed, ["r40"]);
  await context.close();
});

test("focus stays where it is while rows change, goes to the neighbour when a row goes, and is never taken", async () => {
  const { page, context } = await newVisitor(browser);
  stage.setPage('<carryout-tray></carryout-tray><button id="own">The page</button>');
  const [first, second, third] = ["a", "b", "c"].map((id, index) =>
    running(10, {
      id,
      slot: id,
      kind: `${id}.csv`,
      requestedAt: new Date(Date.now() - index * 1_000).toISOString(),
    }),
  );
  stage.show(first!, second!, third!);
  await page.goto(stage.url);
  const { items } = partsOf(page);
  await items.nth(1).getByRole("button", { name: "Cancel B (CSV)" }).focus();
  stage.change(running(60_000, { id: "a", slot: "a", kind: "a.csv", requestedAt: first!.requestedAt }));
  await items.getByText("44%").waitFor();
  await isFocused(page, "cancel");
  const cancel = await items.nth(1).getByRole("button").boundingBox();
  stage.change(
    finished("b.csv", 10, { id: "b", slot: "b", kind: "b.csv", requestedAt: second!.requestedAt }),
  );
  await page.getByRole("link", { name: "Download b.csv" }).waitFor();
  await isFocused(page, "item");
  const dismiss = items.nth(1).getByRole("button", { name: "Dismiss b.csv" });
  const box = (await dismiss.boundingBox())!;
  assert.ok(box.x + box.width <= cancel!.x + 2, "a click that was meant for Cancel does not delete the file");
  await dismiss.click();
  await eventually("it is dismissed", async () => (await items.count()) === 2);
  await isFocused(page, "item");
  await page.locator("#own").focus();
  stage.change(finished("a.csv", 10, { id: "a", slot: "a", kind: "a.csv" }));
  await page.getByRole("link", { name: "Download a.csv" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.id), "own");
  await context.close();
});

test("on a phone it is a bar that opens as a sheet, by touch and by keyboard, and hides nothing", async () => {
  const { page, context } = await newVisitor(browser, {
    viewport: { width: 375, height: 667 },
    hasTouch: true,
  });
  stage.setPage(`${"<p><a href='#'>A link</a></p>".repeat(60)}<carryout-tray></carryout-tray>`);
  stage.show(waiting({ id: "w", slot: "w" }), ...many(30));
  await page.goto(stage.url);
  const { toggle, list } = partsOf(page);
  await toggle.waitFor();
  const box = await page.locator("carryout-tray .co-docked").boundingBox();
  assert.equal(Math.round(box!.y + box!.height), 667, "at the bottom of the window");
  assert.ok(box!.height < 70);
  await toggle.tap();
  await list.waitFor();
  const sheet = await page.locator("carryout-tray .co-docked").boundingBox();
  assert.ok(sheet!.height <= 0.8 * 667 + 1, "some of the page stays visible");
  await page.keyboard.press("Escape");
  await list.waitFor({ state: "hidden" });
  await isFocused(page, "toggle");
  const links = page.locator("main a");
  await links.nth(59).focus();
  const focused = await links.nth(59).boundingBox();
  assert.ok(focused!.y + focused!.height <= box!.y, "what has the focus is not beneath the bar");
  stage.show();
  await page.locator("carryout-tray .co-docked").waitFor({ state: "detached" });
  await context.close();
});

test("slots of the page take the place of the element's own texts", async () => {
  const { page, context } = await newVisitor(browser);
  stage.setPage(`<carryout-tray><p slot="empty">None of last week.</p><a slot="footer" href="#all">All exports</a></carryout-tray>
    <carryout-button kind="a.csv"><b slot="label">All <i>orders</i></b></carryout-button>
    <carryout-progress><em slot="idle">idle</em></carryout-progress>`);
  stage.show();
  await page.goto(stage.url);
  for (const text of ["None of last week.", "All exports", "idle"]) await page.getByText(text).waitFor();
  await page.getByRole("button", { name: "All orders" }).click();
  await page.locator("carryout-progress [part=bar]").waitFor();
  assert.equal(await page.getByText("idle").isVisible(), false);
  await context.close();
});
