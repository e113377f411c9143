import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { orders } from "../../src/ui/orders.testing.ts";
import { newVisitor, openBrowser } from "./browser.ts";
import { failed, finished, many, mixed, running, waiting } from "./scenes.ts";
import { Stage } from "./stage.ts";

const axe = await readFile(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

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

/** What axe-core finds against WCAG 2.2, A and AA, and good practice. */
async function findings(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
}

interface AxeResults {
  violations: { id: string; nodes: { html: string }[] }[];
}

/** Until the elements are. */
async function shown(page: Page): Promise<void> {
  await page.locator("[part~=panel], [part~=item], [part~=form]").first().waitFor({ state: "attached" });
}

const slot = (name: string) => ({ id: name, slot: name });
const states = [
  waiting(slot("waiting")),
  running(47_000, { ...slot("running"), etaMs: 15_000 }),
  running(48_210, { ...slot("unknown"), kind: "events.ndjson" }, null),
  running(90_000, { ...slot("other"), kind: "invoices.xlsx" }),
  running(12_000, slot("again")),
  finished("old.pdf", 7_345_678, { id: "old", slot: "again", kind: "cities.pdf" }),
  finished("cities.pdf", 7_345_678, slot("ready")),
  failed("The warehouse is closed.", slot("failed")),
  failed("x", { ...slot("ended"), error: { code: "unknown-kind", message: "x", retriable: false } }),
];
const buttons = [...states.map((one) => one.slot), "idle"].map(
  (name) => `<carryout-button kind="cities.pdf" slot-name="${name}"></carryout-button>
    <p>In a line: <carryout-progress slot-name="${name}"><span slot="idle">nothing</span></carryout-progress></p>`,
);
const choices = JSON.stringify([
  { kind: "cities.pdf", name: "PDF" },
  { kind: "cities.csv", name: "CSV" },
]);
const pages = {
  "buttons and lines": `<h2>Files</h2>${buttons.join("")}<carryout-button kind="cities.pdf" slot-name="c" choices='${choices}'></carryout-button>`,
  "a tray": "<carryout-tray></carryout-tray>",
  "a docked tray": '<carryout-tray dock="always"></carryout-tray>',
  forms: ["form", "running", "ready", "failed"]
    .map((name) => `<carryout-export kind="orders" slot-name="${name}"></carryout-export>`)
    .join(""),
};

for (const colorScheme of ["light", "dark"] as const) {
  for (const [name, body] of Object.entries(pages)) {
    test(`axe-core finds nothing in ${name}, ${colorScheme}`, async () => {
      const { page, context, complaints } = await newVisitor(browser, {
        colorScheme,
        reducedMotion: "reduce",
      });
      await page.addInitScript(axe);
      stage.exports = [orders];
      stage.setPage(`<h1>Stage</h1>${body}`);
      stage.show(...(name.includes("tray") ? [...mixed(), ...many(12)] : states));
      await page.goto(stage.url);
      await shown(page);
      assert.deepEqual(await findings(page), []);
      for (const toggle of await page.locator("carryout-tray [part=toggle]").all()) {
        await toggle.click();
        assert.deepEqual(await findings(page), [], "folded, or unfolded");
      }
      assert.deepEqual(complaints, []);
      await context.close();
    });
  }
}

test("nothing is cut off or wider than the window at 320 px, also right to left", async () => {
  for (const dir of ["ltr", "rtl"] as const) {
    const { page, context } = await newVisitor(browser, { viewport: { width: 320, height: 640 } });
    for (const body of Object.values(pages)) {
      stage.setPage(body, { dir, lang: dir === "rtl" ? "ar" : "de" });
      stage.show(...states, ...mixed());
      await page.goto(stage.url);
      await shown(page);
      const { tooWide, cut } = await page.evaluate(() => {
        const roots = [...document.querySelectorAll("carryout-button, carryout-export, carryout-tray")];
        const inside = roots.flatMap((one) => [...(one.shadowRoot?.querySelectorAll("*") ?? [])]);
        const cut = inside.filter(
          (one) => one instanceof HTMLElement && one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 1,
        );
        return {
          tooWide: document.documentElement.scrollWidth - innerWidth,
          cut: cut
            .filter((one) => getComputedStyle(one).overflowX !== "visible")
            .map((one) => `${one.localName} ${one.className}`),
        };
      });
      assert.deepEqual(
        [
          tooWide,
          cut.filter(
            (name) => !name.includes("co-bar") && !name.includes("co-heard") && !name.includes("legend"),
          ),
        ],
        [0, []],
      );
    }
    await context.close();
  }
});

test("targets are at least 24 px large", async () => {
  const { page, context } = await newVisitor(browser);
  for (const body of Object.values(pages)) {
    stage.setPage(body);
    stage.show(...states, ...mixed());
    await page.goto(stage.url);
    await shown(page);
    const small = await page.evaluate(() => {
      const roots = [...document.querySelectorAll("carryout-button, carryout-tray, carryout-progress")];
      const targets = roots.flatMap((one) => [...(one.shadowRoot?.querySelectorAll("button, a") ?? [])]);
      return targets
        .map((one) => ({ box: one.getBoundingClientRect(), part: one.getAttribute("part") ?? "" }))
        .filter(({ box, part }) => box.width > 0 && (box.width < 24 || box.height < 24) && part !== "link")
        .map(({ box, part }) => `${part} ${box.width}×${box.height}`);
    });
    assert.deepEqual(small, []);
  }
  await context.close();
});
