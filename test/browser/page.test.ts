import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { OPERATOR_TOKEN } from "../support/operator.ts";
import { eventually, RealCluster } from "../support/real-cluster.ts";
import { countStreams, LOSSES, newVisitor, openBrowser, panelOf, reaches, shownPercent } from "./browser.ts";
import { slowText } from "./browser-generators.ts";

const config = new URL("./browser.config.ts", import.meta.url).pathname;

let cluster: RealCluster;
let browser: Browser;

before(async () => {
  browser = await openBrowser();
  cluster = await RealCluster.start({ config, respawn: true });
});

after(async () => {
  await browser?.close();
  await cluster?.stop();
});

async function fetched(page: Page): Promise<{ name: string; text: string }> {
  const arriving = page.waitForEvent("download");
  await panelOf(page).link.click();
  const download = await arriving;
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
}

test("a visitor clicks, watches, reloads, loses the node that makes the file, and fetches the file", async () => {
  const { page, complaints, context } = await newVisitor(browser, { tolerates: LOSSES });
  await page.goto(cluster.entry);
  const view = panelOf(page);
  const title = await page.title();
  await view.start.click();
  await view.panel.waitFor();
  assert.equal(await view.start.isVisible(), false, "the button is not offered while a download runs");

  await reaches(page, 15);
  assert.match(await page.title(), /^\d+% · /);
  await page.reload();
  const before = await reaches(page, 15);

  const list = await (await context.request.get(`${cluster.entry}/downloads`)).json();
  const holder = await cluster.holder(list.downloads[0].node);
  process.kill(holder.pid, "SIGKILL");
  await view.line.filter({ hasText: "Moved to another server, nothing lost" }).waitFor();
  assert.ok((await shownPercent(page)) >= before, "progress does not fall");

  await view.link.waitFor();
  assert.equal(await view.title.textContent(), "Your file is ready");
  assert.match((await view.status.textContent()) ?? "", /^Your file is ready, cities – all.pdf/);
  assert.equal(await page.title(), title);

  const file = await fetched(page);
  assert.deepEqual(file, { name: "cities – all.pdf", text: slowText });
  await view.start.waitFor();
  await view.dismiss.click();
  await view.panel.waitFor({ state: "detached" });
  assert.deepEqual(complaints, []);
  await context.close();
  await cluster.allUp();
});

test("the page catches up by itself after the node that serves it has died and restarted", async () => {
  const { page, context } = await newVisitor(browser, { tolerates: LOSSES });
  const [first] = await cluster.nodes();
  await page.goto(first!.url);
  const view = panelOf(page);
  await view.start.click();
  await reaches(page, 5);
  // A dead node's own port can't be served by another: the page has to wait for the node's next process.
  process.kill(first!.pid, "SIGKILL");
  await view.link.waitFor();
  assert.equal((await fetched(page)).text, slowText);
  await context.close();
  await cluster.allUp();
});

test("two tabs show the same over one event stream", async () => {
  const { page, context } = await newVisitor(browser);
  const streams = countStreams(context);
  await page.goto(cluster.entry);
  await panelOf(page).start.waitFor();
  const other = await context.newPage();
  await other.goto(cluster.entry);
  await panelOf(page).start.click();
  await reaches(other, 10);
  assert.equal(streams(), 1);
  await page.close();
  const before = await shownPercent(other);
  await reaches(other, before + 5);
  await panelOf(other).cancel.click();
  await panelOf(other).start.waitFor();
  await context.close();
});

test("everything works by keyboard alone; focus is never lost, and every step is announced", async () => {
  const { page, context } = await newVisitor(browser, { reducedMotion: "reduce" });
  await page.goto(cluster.entry);
  const view = panelOf(page);
  await view.choose("PDF").focus();
  await page.keyboard.press("ArrowRight");
  await view.start.getByText("Download CSV").waitFor();
  await page.keyboard.press("ArrowRight");
  // Past the country and the columns.
  for (let stop = 0; stop < 3; stop++) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await view.panel.waitFor();
  const focused = () =>
    page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.getAttribute("part"));
  assert.match((await focused()) ?? "", /^panel/);
  await view.status.getByText("Generating file…").waitFor();
  assert.equal(await view.bar.getAttribute("aria-valuenow"), null, "how far it is, is not known");
  assert.equal(await view.bar.getAttribute("aria-label"), "File generation: Cities (NDJSON)");
  await view.cancel.focus();
  await page.keyboard.press("Space");
  await view.start.waitFor();
  assert.equal(await focused(), "button");
  await context.close();
});

test("a failure is announced as an alert, with its reason as text and a retry button", async () => {
  const { page, context } = await newVisitor(browser);
  await page.goto(cluster.entry);
  const view = panelOf(page);
  await view.choose("Parquet").check();
  await view.start.click();
  await view.retry.waitFor();
  assert.match((await view.alert.textContent()) ?? "", /^The file could not be generated/);
  assert.match((await view.line.textContent()) ?? "", /<b>disk<\/b>/);
  await view.dismiss.click();
  await view.start.waitFor();
  await context.close();
});

test("without JavaScript, forms, reloads and links are enough to get a file", async () => {
  const { page, context } = await newVisitor(browser, { javaScriptEnabled: false });
  await page.goto(`${cluster.entry}/?country=FR`);
  const element = page.locator("carryout-export");
  await element.getByRole("button", { name: "Download PDF" }).click();
  await element.getByRole("button", { name: "Cancel" }).waitFor();
  assert.match(page.url(), /\?country=FR$/);
  await element.getByRole("button", { name: "Cancel" }).click();
  await element.getByText("CSV", { exact: true }).click();
  await element.getByRole("button", { name: /Download/ }).click();
  const link = element.getByRole("link", { name: "Download cities.csv" });
  await eventually("the link", async () => {
    await page.reload();
    return (await link.count()) === 1;
  });
  const arriving = page.waitForEvent("download");
  await link.click();
  assert.equal((await arriving).suggestedFilename(), "cities.csv");
  await element.getByRole("button", { name: "Dismiss" }).click();
  await element.getByRole("button", { name: /Download/ }).waitFor();
  await context.close();
});

test("search, country filter and paging work", async () => {
  const { page, context } = await newVisitor(browser);
  await page.goto(cluster.entry);
  await page.getByRole("searchbox").fill("sao paulo");
  await page.getByRole("searchbox").press("Enter");
  await page
    .getByRole("row", { name: /São Paulo/ })
    .first()
    .waitFor();
  await page.goto(`${cluster.entry}/?country=FR`);
  await page.getByRole("heading", { name: "Places in France" }).waitFor();
  assert.equal(await page.locator("tbody tr").count(), 50);
  await page.getByRole("link", { name: "Next" }).click();
  await page.getByText("Page 2 of").waitFor();
  assert.match(page.url(), /country=FR&page=2/);
  await context.close();
});

test("the cluster's page shows a download move when its node is killed", async () => {
  const { page, context } = await newVisitor(browser, { tolerates: LOSSES });
  await page.goto(cluster.entry);
  const view = panelOf(page);
  await view.choose("NDJSON").check();
  await view.start.click();
  await view.cancel.waitFor();
  const operator = await context.newPage();
  await operator.goto(`${cluster.entry}/cluster?token=${OPERATOR_TOKEN}`);
  const list = await (await context.request.get(`${cluster.entry}/downloads`)).json();
  const selector = `.chip[data-key="${list.downloads[0].id}"]`;
  const chip = operator.locator(`carryout-cluster .node ${selector}`);
  await chip.waitFor();
  const nodeOf = () => operator.locator(`carryout-cluster .node:has(${selector}) .name`).textContent();
  const name = await nodeOf();
  process.kill((await cluster.nodes()).find((node) => node.name === name)!.pid, "SIGKILL");
  await eventually(
    "the chip is on another card",
    async () => (await chip.count()) === 1 && (await nodeOf()) !== name,
  );
  await view.cancel.click();
  await view.start.waitFor();
  await context.close();
  await cluster.allUp();
});
