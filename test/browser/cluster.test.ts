import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, type TestContext, test } from "node:test";
import type { Browser, Locator, Page } from "playwright-core";
import { OPERATOR_TOKEN } from "../support/operator.ts";
import { eventually, RealCluster } from "../support/real-cluster.ts";
import { LOSSES, newVisitor, openBrowser } from "./browser.ts";
import { ManyDownloads } from "./many-downloads.ts";

const config = new URL("./browser.config.ts", import.meta.url).pathname;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser: Browser;

before(async () => {
  browser = await openBrowser();
});

after(() => browser?.close());

interface Opening {
  scheme?: "light" | "dark";
  /** Nothing moves: what is shown can be judged at once. */
  reducedMotion?: "reduce";
  tolerates?: RegExp;
}

/** The operators' page; its context is closed, and checked, when the test ends. */
async function openCluster(t: TestContext, entry: string, { scheme = "light", ...options }: Opening = {}) {
  const viewport = { width: 1280, height: 1100 };
  const { context, page, complaints } = await newVisitor(browser, {
    colorScheme: scheme,
    viewport,
    ...options,
  });
  t.after(() => context.close());
  t.after(() => assert.deepEqual(complaints, []));
  await page.goto(`${entry}/cluster?token=${OPERATOR_TOKEN}`);
  await page.locator("carryout-cluster-grid .row, carryout-cluster-grid .empty").first().waitFor();
  return page;
}

/** Requests one file as a new visitor; resolves with its id. */
async function request(entry: string, kind: string, params?: object): Promise<string> {
  const response = await fetch(`${entry}/downloads`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ kind, params }),
  });
  const { id } = (await response.json()) as { id: string };
  return id;
}

async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
    const { violations } = await axe.run({
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${target}: ${failureSummary}`),
    );
  });
}

function rowOf(page: Page, id: string): Locator {
  return page.locator(`carryout-cluster-grid .row[data-id="${id}"]`);
}

const story = (page: Page) => page.locator("carryout-cluster-story aside");

async function nodeOf(page: Page, id: string): Promise<string> {
  return (await rowOf(page, id).locator(".node").textContent()) ?? "";
}

describe("the operators' page", () => {
  let cluster: RealCluster;

  before(async () => {
    cluster = await RealCluster.start({ config, respawn: true });
  });

  after(async () => {
    await cluster?.stop();
  });

  test("a download moves when its node is killed, and its story says so", async (t) => {
    const id = await request(cluster.entry, "cities.ndjson");
    const page = await openCluster(t, cluster.entry, { tolerates: LOSSES });
    await rowOf(page, id).waitFor();
    await eventually("it runs", async () => (await nodeOf(page, id)) !== "–");
    const name = await nodeOf(page, id);
    const killed = (await cluster.nodes()).find((node) => node.name === name);
    process.kill(killed!.pid, "SIGKILL");
    await eventually("it is on another node", async () => !["–", name].includes(await nodeOf(page, id)));
    const now = await nodeOf(page, id);
    await rowOf(page, id).click();
    const timeline = story(page).locator(".timeline");
    await timeline.getByText(`Claimed by ${name}`).waitFor();
    await timeline.getByText(`Moved to ${now}`).waitFor();
    await timeline.getByText(`${name} died`).waitFor();
    await cluster.allUp();
  });

  test("a failed download is found by its state, its story has the reason, and it is retried", async (t) => {
    const id = await request(cluster.entry, "fake");
    const page = await openCluster(t, cluster.entry);
    await page.getByRole("combobox", { name: "State" }).selectOption("error");
    await rowOf(page, id).waitFor();
    assert.notEqual(await rowOf(page, id).locator(".user").textContent(), "–");
    await rowOf(page, id).click();
    await story(page).locator(".timeline").getByText("The <b>disk</b> is full").waitFor();
    await story(page).getByRole("button", { name: "Retry…" }).click();
    await page.getByRole("button", { name: "Retry it" }).click();
    await story(page).getByText("It was retried.").waitFor();
    await page.keyboard.press("Escape");
    await story(page).waitFor({ state: "detached" });
    await page.getByRole("combobox", { name: "State" }).selectOption("any");
    await page.getByRole("searchbox", { name: "Id or user" }).fill(id);
    await page.getByRole("button", { name: "Search" }).click();
    await eventually(
      "only it is found",
      async () => (await page.locator("carryout-cluster-grid .row").count()) === 1,
    );
  });

  test("several downloads are cancelled with the keyboard alone, after a question", async (t) => {
    const ids = await Promise.all(
      ["DE", "FR", "IT"].map((country) => request(cluster.entry, "cities.ndjson", { country })),
    );
    const page = await openCluster(t, cluster.entry);
    for (const id of ids) await rowOf(page, id).waitFor();
    await page.getByRole("checkbox", { name: "Select all" }).focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Home");
    await page.keyboard.press("Control+a");
    await page.getByText(/· \d+ selected/).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Keep" }).and(page.locator(":focus")).waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    assert.equal(await rowOf(page, ids[0]!).count(), 1, "nothing was cancelled yet");
    await page.keyboard.press("Enter");
    await dialog.waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    for (const id of ids) await rowOf(page, id).waitFor({ state: "detached" });
    await page.getByText(/\d+ cancelled/).waitFor();
  });

  test("the log names every node, and leads to the story of a download", async (t) => {
    // What a node logged when it joined may be too far back by now.
    const ids = await Promise.all((await cluster.nodes()).map(({ url }) => request(url, "cities.csv")));
    const [id = ""] = ids;
    const page = await openCluster(t, cluster.entry);
    const log = page.locator("carryout-cluster-log");
    await log
      .getByRole("button", { name: id.slice(0, 8) })
      .first()
      .click();
    await story(page)
      .locator(".timeline")
      .getByText(/^Ready on/)
      .waitFor();
    for (const { name } of await cluster.nodes()) {
      await log.locator(".node", { hasText: name }).first().waitFor();
    }
    await log.getByRole("button", { name: "Pause" }).click();
    assert.equal(await log.getByText("can't be asked").count(), 0);
  });

  test("the plots are drawn, with the numbers of all nodes", async (t) => {
    await request(cluster.entry, "cities.csv");
    const page = await openCluster(t, cluster.entry);
    const plots = page.locator("carryout-cluster-plots");
    await plots.locator("canvas").nth(2).waitFor();
    await plots
      .getByRole("img", { name: /^Running and waiting, lately: Running \d+, Waiting \d+$/ })
      .waitFor();
    const isDrawn = () =>
      plots
        .locator("canvas")
        .first()
        .evaluate((canvas) => {
          const { width, height } = canvas as HTMLCanvasElement;
          const { data } = (canvas as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, width, height);
          return data.some((value) => value > 0);
        });
    await eventually("something is drawn", isDrawn);
  });

  for (const scheme of ["light", "dark"] as const) {
    test(`axe finds nothing in the ${scheme} theme, nor does the console`, async (t) => {
      const failed = await request(cluster.entry, "fake");
      const running = await request(cluster.entry, "cities.ndjson");
      const page = await openCluster(t, cluster.entry, { scheme, reducedMotion: "reduce" });
      await rowOf(page, running).waitFor();
      await page.locator("carryout-cluster-plots canvas").nth(2).waitFor();
      await page.locator("carryout-cluster-log li").first().waitFor();
      assert.deepEqual(await axeFindings(page), [], "the page");
      await rowOf(page, running).click();
      await story(page).locator(".timeline li").nth(1).waitFor();
      assert.deepEqual(await axeFindings(page), [], "with a story");
      await page.keyboard.press("Escape");
      await page.getByRole("combobox", { name: "State" }).selectOption("error");
      await rowOf(page, failed).waitFor();
      await rowOf(page, failed).getByRole("checkbox").check();
      await page.getByRole("button", { name: "Cancel…", exact: true }).click();
      await page.getByRole("dialog").waitFor();
      assert.deepEqual(await axeFindings(page), [], "with a question");
    });
  }
});

describe("with 5,000 downloads", () => {
  let many: ManyDownloads;

  before(async () => {
    many = await ManyDownloads.start({ count: 5_000, token: OPERATOR_TOKEN });
  });

  after(() => many?.stop());

  test("only the rows in view are in the document; the last is reached by one key, and keeps the focus", async (t) => {
    const page = await openCluster(t, many.url);
    await page.getByText("5,000 downloads").waitFor();
    const rows = page.locator("carryout-cluster-grid .row");
    assert.ok((await rows.count()) < 60, `${await rows.count()} rows`);
    await rows.first().focus();
    await page.keyboard.press("End");
    const last = page.locator('carryout-cluster-grid .row[aria-rowindex="5001"]');
    await last.and(page.locator(":focus")).waitFor();
    assert.ok((await rows.count()) < 60);
    await page.locator("carryout-cluster-grid .scroller").evaluate((it) => {
      it.scrollTop = 0;
    });
    await page.locator('carryout-cluster-grid .row[aria-rowindex="2"]').waitFor();
    assert.equal(
      await last.evaluate((it) => it.matches(":focus")),
      true,
      "out of view, it still has the focus",
    );
  });

  test("hundreds of them change with every event, and the last change is shown", async (t) => {
    const page = await openCluster(t, many.url);
    await page.getByText("5,000 downloads").waitFor();
    const longest = page.evaluate(
      () =>
        new Promise<number[]>((resolve) => {
          const gaps: number[] = [];
          let before = performance.now();
          const frame = (now: number) => {
            gaps.push(now - before);
            before = now;
            if (gaps.length < 90) requestAnimationFrame(frame);
            else resolve(gaps.sort((a, b) => b - a));
          };
          requestAnimationFrame(frame);
        }),
    );
    const changes = many.change(12, 500);
    const gaps = await longest;
    await changes;
    console.log(
      `# frames while 500 of 5,000 rows change at a time: longest ${gaps.slice(0, 3).map(Math.round)} ms`,
    );
    await page.locator("carryout-cluster-grid .row").first().getByText("Running 92%").waitFor();
  });
});
