import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import fc from "fast-check";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";
import { gridParams } from "../../src/grids/grid-params.ts";
import { gridOrder, gridPredicate } from "../../src/grids/grid-predicate.ts";
import { COLUMNS, type SampleRow } from "../../src/grids/sample-grid.testing.ts";
import { newVisitor, openBrowser } from "../browser/browser.ts";
import { agCases, muiCases } from "./grid-cases.ts";
import type { Shown } from "./grids.page.tsx";
import { openProject, type Project, run, type Served, serve } from "./project.ts";

/** Far from UTC, so that a day is not that of UTC. */
const timezoneId = "America/New_York";

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

describe("what the grids themselves show of random rows", { timeout: 300_000 }, () => {
  const out = mkdtempSync(join(tmpdir(), "carryout-grids-"));
  let page: Page;
  before(async () => {
    await build({
      configFile: false,
      logLevel: "warn",
      plugins: [react()],
      define: { "process.env.NODE_ENV": '"test"' },
      build: {
        outDir: out,
        emptyOutDir: true,
        minify: false,
        chunkSizeWarningLimit: 10_000,
        lib: {
          entry: fileURLToPath(new URL("./grids.page.tsx", import.meta.url)),
          formats: ["iife"],
          name: "page",
          fileName: () => "page.js",
        },
      },
    });
    ({ page } = await newVisitor(browser, { timezoneId, locale: "en-US" }));
    await page.route("http://grids.test/", (route) =>
      route.fulfill({ contentType: "text/html", body: "<!doctype html><html lang=en><body>" }),
    );
    await page.goto("http://grids.test/");
    await page.addScriptTag({ content: readFileSync(join(out, "page.js"), "utf8") });
  });
  after(() => rmSync(out, { recursive: true, force: true }));

  const ask = (grid: "agGrid" | "mui", cases: readonly object[]): Promise<Shown[]> =>
    page.evaluate(
      ([name, given]) =>
        (globalThis as unknown as { grids: Record<string, (cases: unknown) => Promise<Shown[]>> }).grids[
          name as string
        ]!(given),
      [grid, cases] as const,
    );

  /** Fails with the first case in which the export would have other rows than the grid. */
  function compare(
    cases: readonly { rows: SampleRow[] }[],
    shown: readonly Shown[],
    collator?: Intl.Collator,
  ) {
    const schema = gridParams(COLUMNS).loose();
    for (const [index, { ids, params }] of shown.entries()) {
      const { rows, ...state } = cases[index]!;
      const { filters, sort } = schema.parse(params);
      const order = gridOrder<SampleRow>(COLUMNS, sort, { collator });
      const exported = rows.filter(gridPredicate<SampleRow>(COLUMNS, filters)).sort(order);
      assert.deepEqual(
        exported.map(({ id }) => id),
        ids,
        JSON.stringify({ state, params, rows }),
      );
    }
  }

  it("AG Grid: the export has them", async () => {
    const cases = fc.sample(agCases, { numRuns: 400, seed: 13 });
    compare(cases, await ask("agGrid", cases));
  });

  it("MUI X Data Grid: the export has them", async () => {
    const cases = fc.sample(muiCases, { numRuns: 200, seed: 13 });
    compare(cases, await ask("mui", cases), new Intl.Collator("en-US"));
  });
});

describe("the examples for grids, built by Vite", { timeout: 300_000 }, () => {
  let project: Project;
  let app: Served;
  before(async () => {
    project = openProject();
    const cwd = join(project.examples, "grids");
    await run(cwd, "vite/bin/vite.js", "build");
    app = await serve(cwd, "server.ts");
  });
  after(async () => {
    await app?.stop();
    project?.remove();
  });

  async function exported(page: Page): Promise<string[]> {
    await page.getByRole("button", { name: "Export all" }).click();
    const link = page.locator("carryout-tray [part~=link]").first();
    const arriving = page.waitForEvent("download");
    await link.click();
    const lines = (await readFile(await (await arriving).path(), "utf8")).trim().split("\r\n");
    return lines;
  }

  async function visit(hash: string) {
    const { page, context } = await newVisitor(browser, {
      timezoneId,
      viewport: { width: 1_200, height: 900 },
    });
    await page.goto(`${app.url}/${hash}`);
    await page.getByRole("button", { name: "Export all" }).waitFor();
    return { page, context };
  }

  it("AG Grid: a filter in its heading", async () => {
    const { page, context } = await visit("#ag-grid");
    await page.getByRole("textbox", { name: "Customer Filter Input" }).fill("émile");
    await page.waitForFunction(() => {
      const cells = [...document.querySelectorAll(".ag-row [col-id=customer]")];
      return cells.length > 0 && cells.every((cell) => cell.textContent === "Émile");
    });
    const [head, ...lines] = await exported(page);
    assert.equal(head, "No.,Customer,City,Total,Placed,Paid");
    assert.equal(lines.length, 50);
    assert.ok(lines.every((line) => line.includes("Émile")));
    await context.close();
  });

  it("MUI X Data Grid: a column that is sorted, and one that is hidden", async () => {
    const { page, context } = await visit("#mui");
    await page.getByRole("columnheader", { name: "total" }).click();
    await page.locator('[aria-sort="ascending"]').waitFor();
    const [head, ...lines] = await exported(page);
    assert.equal(head, "No.,Customer,City,Total,Placed,Paid");
    const totals = lines.map((line) => line.split(",").at(-3));
    assert.equal(totals.length, 400);
    assert.equal(totals[0], "");
    const present = totals.filter((total) => total !== "").map(Number);
    assert.deepEqual(
      present,
      [...present].sort((a, b) => a - b),
    );
    await context.close();
  });

  it("TanStack Table: what was typed, in the order that was chosen", async () => {
    const { page, context } = await visit("#tanstack");
    await page.getByRole("textbox", { name: "Customer" }).fill("o'n");
    await page.getByRole("button", { name: "total" }).click();
    const cells = await page.locator("tbody tr td:first-child").allTextContents();
    const [head, ...lines] = await exported(page);
    assert.equal(head, "No.,Customer,City,Total");
    assert.deepEqual(
      lines.map((line) => line.split(",")[0]),
      cells,
    );
    assert.equal(lines.length, 50);
    await context.close();
  });
});
