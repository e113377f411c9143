import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import { RealCluster } from "../support/real-cluster.ts";
import { findFirefox, LOSSES, newVisitor, openFirefox, panelOf, reaches, shownPercent } from "./browser.ts";
import { slowText } from "./browser-generators.ts";

const config = new URL("./browser.config.ts", import.meta.url).pathname;

describe("in Firefox", { skip: findFirefox() === null && "there is no Firefox" }, () => {
  let cluster: RealCluster;
  let browser: Browser;

  before(async () => {
    [browser, cluster] = await Promise.all([openFirefox(), RealCluster.start({ config, respawn: true })]);
  });

  after(async () => {
    await browser?.close();
    await cluster?.stop();
  });

  test("a visitor clicks, watches, reloads, loses the node that makes the file, and fetches the file", async () => {
    const { page, complaints, context } = await newVisitor(browser, { tolerates: LOSSES });
    await page.goto(cluster.entry);
    const view = panelOf(page);
    await view.start.click();
    await reaches(page, 15);
    await page.reload();
    const before = await reaches(page, 15);
    const holder = await cluster.holder(await page.evaluate(nodeOfFirst));
    process.kill(holder.pid, "SIGKILL");
    await view.line.filter({ hasText: "Moved to another node, nothing lost" }).waitFor();
    assert.ok((await shownPercent(page)) >= before, "progress does not fall");
    await view.link.waitFor();
    const text = await page.evaluate(async () => {
      const root = document.querySelector("carryout-export")?.shadowRoot;
      const link = root?.querySelector<HTMLAnchorElement>("[part~=link]");
      return (await fetch(link?.href ?? "")).text();
    });
    assert.equal(text, slowText);
    await view.dismiss.click();
    await view.start.waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
    await cluster.allUp();
  });

  test("two tabs share one stream, and the second one goes on when the first one closes", async () => {
    const { page, context } = await newVisitor(browser);
    await page.goto(cluster.entry);
    await panelOf(page).start.waitFor();
    const other = await context.newPage();
    await other.goto(cluster.entry);
    await panelOf(page).start.click();
    await reaches(other, 10);
    const open = () =>
      other.evaluate(
        () => performance.getEntriesByName(new URL("/downloads/events", location.href).href).length,
      );
    assert.equal(await open(), 0);
    await page.close();
    const before = await shownPercent(other);
    await reaches(other, before + 5);
    await panelOf(other).cancel.click();
    await panelOf(other).start.waitFor();
    await context.close();
  });

  test("everything works by keyboard alone", async () => {
    const { page, context } = await newVisitor(browser);
    await page.goto(cluster.entry);
    const view = panelOf(page);
    await view.choose("PDF").focus();
    await page.keyboard.press("ArrowRight");
    await view.start.getByText("Download CSV").waitFor();
    await view.start.focus();
    await page.keyboard.press("Enter");
    await view.link.waitFor();
    await view.dismiss.focus();
    await page.keyboard.press("Space");
    await view.start.waitFor();
    await context.close();
  });
});

/** Runs in the page. */
async function nodeOfFirst(): Promise<string | null> {
  const { downloads } = (await (await fetch("/downloads")).json()) as { downloads: { node: string }[] };
  return downloads[0]?.node ?? null;
}
