import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Browser, Locator, Page } from "playwright-core";
import { LOSSES, newVisitor, openBrowser, type VisitorOptions } from "../browser/browser.ts";
import { NEXT, openProject, type Project, run, type Served, serve } from "./project.ts";

const LINES = 200;
const TEXT = Array.from({ length: LINES }, (_, line) => `${line},${line ** 2}\r\n`).join("");

const SQUARES = [0, 1, 2].map((number) => `{"number":${number},"square":${number ** 2}}\n`).join("");

let project: Project;
let browser: Browser;
before(async () => {
  project = openProject();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  project?.remove();
});

async function fetched(page: Page, link: Locator): Promise<string> {
  const arriving = page.waitForEvent("download");
  await link.click();
  return readFile(await (await arriving).path(), "utf8");
}

/** A failed hydration is an error on the console, which a visitor's end reports. */
async function visit(url: string, options: VisitorOptions = {}) {
  const visitor = await newVisitor(browser, options);
  await visitor.page.goto(url);
  return visitor;
}

/** The value of the page's own bar, or 0. */
async function shown(page: Page): Promise<number> {
  return Number(
    (await page.getByRole("progressbar", { name: "Report", exact: true }).getAttribute("value")) ?? 0,
  );
}

/** Watches the page's own markup around the hook, then the elements. */
async function isUsed(url: string): Promise<void> {
  const { page, context, complaints } = await visit(url);
  await page.getByRole("button", { name: "Make a report" }).click();
  await page.waitForFunction(
    () => Number(document.querySelector("progress[value]")?.getAttribute("value")) > 0.1,
  );
  const before = await shown(page);
  await page.reload();
  await page.getByRole("button", { name: "Stop" }).waitFor();
  await page.waitForFunction((least) => {
    const value = Number(document.querySelector("progress[value]")?.getAttribute("value") ?? 0);
    return value >= least || document.querySelector("a[download]") !== null;
  }, before);
  const save = page.getByRole("link", { name: "Save report.csv" });
  await save.waitFor();
  assert.equal(await fetched(page, save), TEXT);

  const button = page.locator("carryout-button");
  await button.getByRole("button", { name: "Download report" }).click();
  await button.getByRole("progressbar").first().waitFor();
  const tray = page.locator("carryout-tray");
  await button.locator("[part~=link]").waitFor();
  assert.equal(await fetched(page, button.locator("[part~=link]")), TEXT);
  await tray.locator("[part~=item]").nth(1).waitFor();
  await page.locator("carryout-progress").getByRole("link", { name: "Download report.csv" }).waitFor();

  const form = page.locator("carryout-export");
  await form.getByRole("radio", { name: "NDJSON" }).check();
  await form.getByRole("button", { name: "Download NDJSON" }).click();
  const squares = form.getByRole("link", { name: /^Download squares.*ndjson/ });
  await squares.waitFor();
  assert.equal(await fetched(page, squares), SQUARES);
  assert.deepEqual(complaints, []);
  await context.close();
}

describe("the example for Next, built and started", { timeout: 300_000 }, () => {
  let app: Served;
  before(async () => {
    const cwd = join(project.examples, "next");
    await run(cwd, "next/dist/bin/next", "build");
    app = await serve(cwd, NEXT, "start", "--hostname", "127.0.0.1");
  });
  after(() => app?.stop());

  it("type-checks", () => run(join(project.examples, "next"), "typescript/bin/tsc", "--noEmit", "-p", "."));

  it("sends browsers nothing that renders the server's HTML", () => {
    const chunks = join(project.examples, "next/.next/static");
    const scripts = readdirSync(chunks, { recursive: true, encoding: "utf8" }).filter((path) =>
      path.endsWith(".js"),
    );
    const sources = scripts.map((path) => readFileSync(join(chunks, path), "utf8"));
    assert.ok(sources.some((source) => source.includes("carryout-button")));
    assert.deepEqual(
      scripts.filter((_, index) => /<form method=\\?"post/.test(sources[index]!)),
      [],
    );
  });

  it("makes a file, survives a reload, and hands it over", () => isUsed(app.url));

  it("renders the user's downloads on the server, and works without JavaScript", async () => {
    const { page, context } = await visit(app.url, { javaScriptEnabled: false });
    // Those of the test before.
    await page.locator("carryout-tray").getByText("report.csv").nth(1).waitFor();
    await page.locator("carryout-progress").getByRole("link", { name: "Download report.csv" }).waitFor();
    const form = page.locator("carryout-export");
    await form.getByRole("link", { name: /^Download squares/ }).waitFor();
    await form.getByText("New export").click();
    await form.getByRole("button", { name: "Download CSV" }).click();
    await page
      .locator("carryout-tray")
      .getByText(/squares.*csv/)
      .waitFor();
    const dismiss = page.locator("carryout-button").getByRole("button", { name: "Dismiss" });
    await dismiss.click();
    await page.getByRole("button", { name: "Download report" }).click();
    await page.locator("carryout-button progress").waitFor();
    await context.close();
  });
});

for (const framework of ["vue", "svelte"]) {
  describe(`the example for ${framework}, built by Vite`, { timeout: 120_000 }, () => {
    let app: Served;
    before(async () => {
      const cwd = join(project.examples, `${framework}-vite`);
      await run(cwd, "vite/bin/vite.js", "build");
      app = await serve(cwd, "server.ts");
    });
    after(() => app?.stop());

    it("makes a file, survives a reload, and hands it over", () => isUsed(app.url));
  });
}

describe("the example for htmx", { timeout: 120_000 }, () => {
  let app: Served;
  before(async () => {
    app = await serve(join(project.examples, "htmx"), "server.ts");
  });
  after(() => app?.stop());

  it("shows progress without the elements, and hands the file over", async () => {
    const { page, context, complaints } = await visit(app.url);
    await page.evaluate(() => {
      (window as { isSame?: boolean }).isSame = true;
    });
    await page.getByRole("button", { name: "Download report" }).click();
    const button = page.locator("carryout-button");
    await page.waitForFunction(
      () => Number(document.querySelector("progress[value]")?.getAttribute("value")) > 1,
    );
    const link = button.locator("a[download]");
    await link.waitFor();
    assert.equal(await fetched(page, link), TEXT);
    await button.getByRole("button", { name: "Dismiss" }).click();
    await button.getByRole("button", { name: "Download report" }).waitFor();
    assert.equal(
      await page.evaluate(() => (window as { isSame?: boolean }).isSame),
      true,
      "no page was loaded",
    );
    assert.deepEqual(complaints, []);
    await context.close();
  });
});

describe("the example for an interface of one's own", { timeout: 120_000 }, () => {
  let app: Served;
  before(async () => {
    app = await serve(join(project.examples, "client"), "server.ts");
  });
  after(() => app?.stop());

  it("shows progress, hands the file over, and says when the connection is lost", async () => {
    const { page, context, complaints } = await visit(app.url, { tolerates: LOSSES });
    await page.getByRole("button", { name: "Download report" }).click();
    const item = page.getByRole("listitem");
    await item.getByText(/^report: [1-9]\d* %/).waitFor();
    await page.reload();
    const link = item.getByRole("link", { name: "report.csv" });
    await link.waitFor();
    assert.equal(await fetched(page, link), TEXT);
    await item.getByRole("button", { name: "Dismiss" }).click();
    await item.waitFor({ state: "detached" });
    await app.stop();
    await page.getByText("Connection lost, trying again…").waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });
});
