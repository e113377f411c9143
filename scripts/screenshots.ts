/**
 * @module Takes the README's screenshots from a real local cluster (the example, a visitor, a killed node) into
 * `docs/images`, and those of every state of the elements into
 * `test/browser/screenshots`, for looking at. Run it after
 * `npm run build`: `npm run screenshots`, or `npm run screenshots -- states` for the latter alone, `-- cluster` for the former.
 */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { openBrowser, panelOf, shownPercent } from "../test/browser/browser.ts";
import { OPERATOR_TOKEN } from "../test/support/operator.ts";
import { eventually, RealCluster } from "../test/support/real-cluster.ts";
import { takeShowcase, takeStates } from "./state-screenshots.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "docs/images");
const size = { width: 1280, height: 800 };

const browser = await openBrowser();
try {
  const [, , only] = process.argv;
  if (only !== "cluster") await takeStates(browser, join(root, "test/browser/screenshots"));
  if (only !== "states") {
    await mkdir(folder, { recursive: true });
    await takeShowcase(browser, join(folder, "elements.png"));
    await takeCluster();
  }
} finally {
  await browser.close();
}

/** A visitor's first minute. */
async function takeCluster(): Promise<void> {
  const cluster = await RealCluster.start({
    config: join(root, "examples/cities/carryout.config.ts"),
    respawn: false,
  });
  try {
    const context = await browser.newContext({ viewport: size, deviceScaleFactor: 1.5, locale: "en-GB" });
    const page = await context.newPage();
    await page.goto(cluster.entry);
    await panelOf(page).start.click();
    await eventually("some progress", async () => (await shownPercent(page)) >= 34, 120_000);
    await take(page, "page");
    await pullThePlug(cluster, await context.newPage());
  } finally {
    await cluster.stop();
  }
}

/** The cluster's page while the work of a killed node moves to another. */
async function pullThePlug(cluster: RealCluster, page: Page): Promise<void> {
  await page.goto(`${cluster.entry}/cluster?token=${OPERATOR_TOKEN}`);
  const busy = page.locator("carryout-cluster .node:has(.chip) .name").first();
  const name = await busy.textContent();
  const node = (await cluster.nodes()).find((candidate) => candidate.name === name);
  if (!node) throw new Error(`no node holds anything: ${name}`);
  process.kill(node.pid, "SIGKILL");
  await page.locator("carryout-cluster .node.gone").waitFor();
  await page.locator("carryout-cluster .node:not(.gone) .chip").first().waitFor();
  await take(page, "cluster-killed");
  await page.locator("carryout-cluster .node:not(.gone) .chip").first().click();
  await page.locator("carryout-cluster-story .move").waitFor();
  await take(page, "cluster-story");
  await page.close();
}

async function take(page: Page, name: string): Promise<void> {
  const path = join(folder, `${name}.png`);
  await page.screenshot({ path, animations: "disabled" });
  console.log(path);
}
