import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { eventually } from "../support/real-cluster.ts";
import { newVisitor, openBrowser } from "./browser.ts";
import { failed, finished, running } from "./scenes.ts";
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

const button = '<carryout-button kind="cities.pdf"></carryout-button>';

test("a ready file's main action names it with its size and is a link; the next one leaves it in reach", async () => {
  const { page, context } = await newVisitor(browser);
  stage.setPage(button);
  stage.show(finished("cities.pdf", 7_345_678));
  await page.goto(stage.url);
  const link = page.getByRole("link", { name: "Download cities.pdf · 7.3 MB" });
  await link.waitFor();
  assert.match((await link.getAttribute("href")) ?? "", /^\/downloads\/a\/cities\.pdf$/);
  const arriving = page.waitForEvent("download");
  await link.click();
  assert.match((await arriving).url(), /^http:/, "not a Blob");
  await page.getByRole("button", { name: "Make a new one" }).click();
  await page.getByText("Starting…").first().waitFor();
  const previous = page.locator("carryout-button [part=previous]");
  await previous.getByRole("link", { name: "cities.pdf" }).waitFor();
  await context.close();
});

test("the bar has its file's name before the server has answered", async () => {
  const { page, context } = await newVisitor(browser);
  stage.setPage(button);
  stage.show();
  await page.route("**/downloads", (route) =>
    route.request().method() === "GET" ? route.fallback() : undefined,
  );
  await page.goto(stage.url);
  await page.getByRole("button", { name: "Download PDF" }).click();
  await page.getByText("Starting…").waitFor();
  await page.getByRole("progressbar", { name: "File generation: Cities (PDF)", exact: true }).waitFor();
  await context.close();
});

test("while the total is unknown, the count is shown", async () => {
  const { page, context } = await newVisitor(browser);
  stage.setPage(button);
  stage.show(running(48_210, {}, null));
  await page.goto(stage.url);
  await page.locator("carryout-button [part=facts]").getByText("48,210 so far").waitFor();
  await context.close();
});

test("a refusal that only developers understand is told in plain words; the console has the rest", async () => {
  const { page, context } = await newVisitor(browser, { tolerates: /status of 422/ });
  const warnings: string[] = [];
  page.on("console", (message) => message.type() === "warning" && warnings.push(message.text()));
  stage.setPage(
    `<carryout-button kind="orders.csv" label="Download orders" params='{"n":"x"}'></carryout-button>`,
  );
  stage.show();
  const message = "Invalid input: expected number, received NaN";
  const body = { code: "invalid-parameters", detail: `n: ${message}`, errors: [{ path: "n", message }] };
  stage.onStart = () => ({ status: 422, body });
  await page.goto(stage.url);
  await page.getByRole("button", { name: "Download orders" }).click();
  const panel = page.locator("carryout-button [part~=panel]");
  await panel.getByText("Some settings were not accepted: N.").waitFor();
  await panel.getByText("Download orders", { exact: true }).waitFor();
  assert.doesNotMatch((await panel.textContent()) ?? "", /NaN|expected/);
  await eventually("the console's warning", async () =>
    /n: Invalid input: expected number, received NaN/.test(warnings.join()),
  );
  await context.close();
});

test("a failure says which file, and offers Retry only where it can help", async () => {
  const { page, context } = await newVisitor(browser);
  stage.setPage(button);
  const error = { code: "generation-out-of-memory", message: "x", retriable: true };
  stage.show(failed("x", { error }));
  await page.goto(stage.url);
  const panel = page.locator("carryout-button [part~=panel]");
  await panel.getByText("Cities (PDF)", { exact: true }).waitFor();
  await panel.getByText("It is too large.").waitFor();
  await panel.getByRole("button", { name: "Retry" }).waitFor();
  stage.show(failed("x", { error: { ...error, retriable: false } }));
  await panel.getByRole("button", { name: "Retry" }).waitFor({ state: "detached" });
  await context.close();
});

test("in forced colours every control has a border that surrounds its text", async () => {
  const { page, context } = await newVisitor(browser, { forcedColors: "active" });
  stage.setPage(button);
  stage.show(running(10));
  await page.goto(stage.url);
  const controls = page.locator("carryout-button :is([part=notify], [part=cancel])");
  await controls.nth(1).waitFor();
  const boxes = await controls.evaluateAll((all) =>
    all.map((one) => {
      const text = document.createRange();
      text.selectNodeContents(one);
      const [outer, inner] = [one.getBoundingClientRect(), text.getBoundingClientRect()];
      return { top: outer.top, height: outer.height, space: inner.left - outer.left };
    }),
  );
  const [notify, cancel] = boxes as [(typeof boxes)[0], (typeof boxes)[0]];
  assert.deepEqual([notify.top, notify.height], [cancel.top, cancel.height], "in one line");
  assert.ok(notify.space >= 8, `${notify.space} px between border and text`);
  await context.close();
});

test("announcements come at the start, at each quarter, at a move and when it is ready", async () => {
  const { page, context } = await newVisitor(browser);
  stage.setPage(button);
  stage.show();
  await page.goto(stage.url);
  await page.getByRole("button", { name: "Download PDF" }).waitFor();
  await page.evaluate(() => {
    const said: string[] = [];
    Object.assign(globalThis, { said });
    const status = document.querySelector("carryout-button")!.shadowRoot!.querySelector("[role=status]")!;
    new MutationObserver(() => {
      if (status.textContent && said.at(-1) !== status.textContent) said.push(status.textContent);
    }).observe(status, { childList: true, characterData: true, subtree: true });
  });
  const status = page.locator("carryout-button").getByRole("status");
  const steps: [Parameters<Stage["change"]>[0], string][] = [
    [running(1_000), "Generating file…"],
    [running(40_000), "25% generated"],
    [running(70_000), "50% generated"],
    [running(71_000, { node: "n2/y", epoch: 2 }), "Moved to another server, nothing lost"],
    [running(110_000, { node: "n2/y", epoch: 2 }), "75% generated"],
    [finished("cities.pdf", 7_345_678), "Your file is ready, cities.pdf, 7.3 MB"],
  ];
  for (const [download, text] of steps) {
    stage.change(download);
    await status.getByText(text).waitFor({ state: "attached" });
  }
  const said = await page.evaluate(() => (globalThis as unknown as { said: string[] }).said);
  assert.equal(said.length, steps.length, said.join(" | "));
  await context.close();
});
