import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { eventually, RealCluster } from "../support/real-cluster.ts";
import { hostPage, newVisitor, openBrowser, panelOf, reaches, tell } from "./browser.ts";

const config = new URL("./browser.config.ts", import.meta.url).pathname;
const BUTTON = `<carryout-button kind="cities.pdf"></carryout-button>`;

let cluster: RealCluster;
let browser: Browser;

before(async () => {
  [browser, cluster] = await Promise.all([openBrowser(), RealCluster.start({ config, nodes: 2 })]);
});

after(async () => {
  await browser?.close();
  await cluster?.stop();
});

/** Tabs of one visitor, and which of them read a stream, in order. */
async function openTabs(count: number) {
  const { context, page, complaints } = await newVisitor(browser);
  const readers: Page[] = [];
  context.on("request", (request) => {
    if (request.url().endsWith("/downloads/events")) readers.push(request.frame().page());
  });
  // Sets the cookie: otherwise the first request would, and the stream would begin anew.
  await context.request.get(`${cluster.entry}/downloads`);
  const url = await hostPage(context, cluster.entry, BUTTON);
  const pages = [page];
  while (pages.length < count) pages.push(await context.newPage());
  for (const tab of pages) {
    await tab.goto(url);
    await view(tab).start.waitFor();
  }
  return { context, pages, readers, complaints };
}

const view = (page: Page) => panelOf(page, "carryout-button");

async function cancelled(page: Page, context: BrowserContext): Promise<void> {
  await view(page).cancel.click();
  await view(page).start.waitFor();
  await context.close();
}

test("twenty tabs over HTTP/1.1 share one stream; another one reads it when the leading tab closes", async () => {
  const { context, pages, readers, complaints } = await openTabs(20);
  const protocols = await pages[0]!.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .map((entry) => (entry as PerformanceResourceTiming).nextHopProtocol),
  );
  assert.ok(protocols.includes("http/1.1"), protocols.join());
  const last = pages.at(-1)!;
  await view(pages[3]!).start.click();
  await Promise.all(pages.map((page) => view(page).panel.waitFor()));
  await reaches(last, 5);
  assert.equal(readers.length, 1);
  await readers[0]!.close();
  await eventually("another tab reads", async () => readers.length === 2);
  await reaches(last, 15);
  assert.deepEqual(complaints, []);
  await cancelled(last, context);
});

test("when the leading tab crashes or is frozen, another one reads at once", async () => {
  const { context, pages, readers } = await openTabs(3);
  await view(pages[2]!).start.click();
  await reaches(pages[2]!, 5);

  const crashed = readers[0]!;
  const gone = crashed.waitForEvent("crash");
  const session = await context.newCDPSession(crashed);
  session.send("Page.crash").catch(() => {});
  await gone;
  await eventually("another tab reads", async () => readers.length === 2);

  const frozen = readers[1]!;
  const left = pages.find((page) => page !== crashed && page !== frozen)!;
  await tell(frozen, "freeze");
  await eventually("the last tab reads", async () => readers[2] === left);
  await reaches(left, 15);
  await tell(frozen, "resume");
  await reaches(frozen, 15);
  assert.equal(readers.length, 3, "the one that was frozen follows");
  await cancelled(left, context);
});

test("a leading tab that hangs is replaced", async () => {
  const { context, pages, readers } = await openTabs(2);
  await view(pages[1]!).start.click();
  await reaches(pages[1]!, 5);
  assert.equal(readers[0], pages[0]);
  const hanging = pages[0]!.evaluate(() => {
    for (const end = Date.now() + 60_000; Date.now() < end; );
  });
  hanging.catch(() => {});
  await eventually("the other one reads", async () => readers[1] === pages[1]);
  await view(pages[1]!).link.waitFor();
  await context.close();
});

test("two browsers of one user show the same, and each can cancel", async () => {
  const [one, two] = await Promise.all([newVisitor(browser), newVisitor(browser)]);
  await one.page.goto(cluster.entry);
  await two.context.addCookies(await one.context.cookies());
  await two.page.goto(cluster.entry);
  await panelOf(one.page).start.click();
  await reaches(two.page, 5);
  await panelOf(two.page).cancel.click();
  await panelOf(one.page).start.waitFor();
  await panelOf(two.page).start.click();
  await reaches(one.page, 5);
  await panelOf(one.page).cancel.click();
  await panelOf(two.page).start.waitFor();
  await Promise.all([one.context.close(), two.context.close()]);
});
