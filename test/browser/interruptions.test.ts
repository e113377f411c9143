import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { eventually, RealCluster } from "../support/real-cluster.ts";
import type { PublicDownload } from "../support/visitor.ts";
import {
  countStreams,
  hostPage,
  LOSSES,
  newVisitor,
  openBrowser,
  panelOf,
  reaches,
  shownPercent,
  tell,
} from "./browser.ts";
import { BIG_BYTES, slowText } from "./browser-generators.ts";
import { digestOf, sendingNode } from "./file-transfer.ts";
import { occupy } from "./occupied-places.ts";
import { FAST, SlowLink } from "./slow-link.ts";

const config = new URL("./browser.config.ts", import.meta.url).pathname;
const NODES = 2;

let cluster: RealCluster;
let browser: Browser;

before(async () => {
  [browser, cluster] = await Promise.all([
    // Pages that are left stay in the page cache, as they do for users.
    openBrowser({ ignoreDefaultArgs: ["--disable-back-forward-cache"] }),
    RealCluster.start({ config, nodes: NODES, respawn: true, env: { CARRYOUT_CAPACITY: "1" } }),
  ]);
});

after(async () => {
  await browser?.close();
  await cluster?.stop();
});

async function fetched(page: Page, element?: "carryout-button"): Promise<string> {
  const arriving = page.waitForEvent("download");
  await panelOf(page, element).link.click();
  return (await arriving).path();
}

/** Resolves when the server has removed it: a page shows that at once, and a reload would come too soon. */
async function removes(page: Page, click: () => Promise<void>): Promise<void> {
  const removed = page.waitForResponse((response) => response.request().method() === "DELETE");
  await click();
  await removed;
}

test("after a refresh the page shows the same in every state, before its stream has said anything", async (t) => {
  const { page, context } = await newVisitor(browser);
  const view = panelOf(page);
  /** What is shown, without what changes by itself. */
  const shown = async () => {
    const [title, line] = [await view.title.allTextContents(), await view.line.allTextContents()];
    return {
      title,
      line: line.map((text) => text.replace(/ in about .*/, "")),
      start: await view.start.isVisible(),
    };
  };
  const refreshed = async (state: string) => {
    const before = await shown();
    await page.route("**/downloads/events", () => {});
    await page.reload();
    await page.waitForFunction(() =>
      document.querySelector("carryout-export")?.shadowRoot?.querySelector("form"),
    );
    assert.deepEqual(await shown(), before, state);
    await page.unroute("**/downloads/events");
    await page.reload();
  };

  await page.goto(cluster.entry);
  await view.start.waitFor();
  await refreshed("nothing asked for");

  await occupy(t, cluster, NODES);
  await view.start.click();
  await view.line.getByText("next in line").waitFor();
  await refreshed("waiting");
  await removes(page, () => view.cancel.click());
  await view.start.waitFor();
  await refreshed("cancelled");
  await context.close();
});

test("after a refresh a running, a ready and a failed download are still there", async () => {
  const { page, context } = await newVisitor(browser);
  const view = panelOf(page);
  await page.goto(cluster.entry);
  await view.start.click();
  const before = await reaches(page, 15);
  await page.route("**/downloads/events", () => {});
  await page.reload();
  await view.bar.waitFor();
  assert.ok((await shownPercent(page)) >= before, "not less than before, and without the stream");
  await page.unroute("**/downloads/events");
  await page.reload();
  await view.link.waitFor();
  await page.reload();
  assert.equal(await readFile(await fetched(page), "utf8"), slowText);
  await view.dismiss.click();
  await view.choose("Parquet").check();
  await view.start.click();
  await view.retry.waitFor();
  await page.reload();
  await view.retry.waitFor();
  assert.match((await view.line.textContent()) ?? "", /<b>disk<\/b>/);
  await removes(page, () => view.dismiss.click());
  await view.start.waitFor();
  await page.reload();
  await view.start.waitFor();
  assert.equal(await view.panel.count(), 0);
  await context.close();
});

test("a page that comes back from the page cache shows what happened meanwhile", async () => {
  const { page, context, complaints } = await newVisitor(browser);
  await page.addInitScript(() => {
    addEventListener("pageshow", ({ persisted }) => {
      if (persisted) document.documentElement.dataset.restored = "yes";
    });
  });
  const url = await hostPage(context, cluster.entry, `<carryout-button kind="cities.pdf"></carryout-button>`);
  await page.goto(url);
  const view = panelOf(page, "carryout-button");
  await view.start.click();
  await eventually("some progress", async () => (await view.percent.count()) > 0);
  await page.goto(`${cluster.entry}/healthz`);
  await page.goBack({ waitUntil: "commit" }); // nothing is loaded
  await page.locator("html[data-restored=yes]").waitFor();
  await view.link.waitFor();
  assert.equal(await readFile(await fetched(page, "carryout-button"), "utf8"), slowText);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a page that goes offline says so, and catches up when it is online again", async (t) => {
  const link = await SlowLink.to(cluster.entry, FAST);
  t.after(() => link.close());
  const { page, context, complaints } = await newVisitor(browser, { tolerates: LOSSES });
  await page.goto(link.origin);
  const view = panelOf(page);
  await view.start.click();
  const before = await reaches(page, 5);
  await context.setOffline(true); // what is open stays open, which a network would not do
  link.cut();
  await page.getByText("Connection lost, trying again…").first().waitFor();
  assert.ok((await shownPercent(page)) >= before);
  link.mend();
  await context.setOffline(false);
  await view.link.waitFor();
  await page.getByText("Connection lost").first().waitFor({ state: "detached" });
  assert.equal(await readFile(await fetched(page), "utf8"), slowText);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a page that was frozen catches up when it runs again", async () => {
  const { page, context } = await newVisitor(browser);
  const streams = countStreams(context);
  await page.goto(cluster.entry);
  const view = panelOf(page);
  await view.start.click();
  await reaches(page, 5);
  await tell(page, "freeze");
  await eventually("the file is ready", async () => {
    const response = await context.request.get(`${cluster.entry}/downloads`);
    return ((await response.json()) as { downloads: PublicDownload[] }).downloads[0]?.state === "ready";
  });
  await tell(page, "resume");
  await view.link.waitFor();
  assert.equal(streams(), 2, "it left its stream while it was frozen");
  await context.close();
});

test("on a slow connection the page works before its script has arrived, and then goes on live", async (t) => {
  const link = await SlowLink.to(cluster.entry, 100_000);
  t.after(() => link.close());
  const { page, context, complaints } = await newVisitor(browser);
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/elements.js", async (route) => {
    await released;
    await route.continue();
  });
  await page.goto(link.origin, { waitUntil: "commit" });
  await page.locator("carryout-export").getByRole("button", { name: "Download PDF" }).click();
  await page.getByText("Generating downloadable file").first().waitFor();
  const view = panelOf(page);
  assert.equal(await view.panel.count(), 0, "what is shown is the server's HTML");
  release();
  await reaches(page, 5);
  await view.link.waitFor();
  assert.equal(await readFile(await fetched(page), "utf8"), slowText);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("the browser resumes a file when the node that sends it is killed", async (t) => {
  const link = await SlowLink.to(cluster.entry, 1_000_000);
  t.after(() => link.close());
  const { page, context } = await newVisitor(browser, { tolerates: LOSSES });
  const url = await hostPage(context, link.origin, `<carryout-button kind="big.bin"></carryout-button>`);
  await page.goto(url);
  const view = panelOf(page, "carryout-button");
  await view.start.click();
  await view.link.waitFor();
  const arriving = page.waitForEvent("download");
  await view.link.click();
  const download = await arriving;
  const sender = await sendingNode(cluster);
  const before = link.passed;
  await eventually("some of it has arrived", async () => link.passed > before + 500_000);
  link.bytesPerSecond = FAST;
  process.kill(sender.pid, "SIGKILL");
  const path = await download.path();
  const [{ file }] = (await (await context.request.get(`${link.origin}/downloads`)).json()).downloads;
  assert.equal(file.size, BIG_BYTES);
  assert.equal(await digestOf(path), file.sha256);
  assert.match(link.ranges.join(), /^bytes=[1-9]\d*-$/, "it asked once, for what it lacked");
  await context.close();
  await cluster.allUp();
});

test("a page outlasts a restart of all nodes", async () => {
  const { page, context, complaints } = await newVisitor(browser, { tolerates: LOSSES });
  await page.goto(cluster.entry);
  const view = panelOf(page);
  await view.start.click();
  const before = await reaches(page, 15);
  await cluster.killAll();
  await page.getByText("Connection lost, trying again…").first().waitFor();
  await cluster.restart();
  await eventually(
    "progress",
    async () => (await view.link.count()) > 0 || (await shownPercent(page)) > before,
  );
  await view.link.waitFor();
  assert.equal(await readFile(await fetched(page), "utf8"), slowText);
  assert.deepEqual(complaints, []);
  await context.close();
});
