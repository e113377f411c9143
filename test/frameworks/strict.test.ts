import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { createElement, type FunctionComponent } from "react";
import { renderToString } from "react-dom/server";
import { build, type InlineConfig } from "vite";
import { countStreams, newVisitor, openBrowser, openStreams } from "../browser/browser.ts";
import { eventually, RealCluster } from "../support/real-cluster.ts";
import { type Initial, initialWhileRunning, serveRendered } from "./hydration.ts";
import { newFolder } from "./project.ts";

const top = fileURLToPath(new URL("../..", import.meta.url));
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

describe("React in strict mode, from the server's HTML on", () => {
  const out = newFolder("carryout-strict-");
  let cluster: RealCluster;
  let browser: Browser;
  let StrictPage: FunctionComponent<{ src: string; initial: Initial }>;
  let script: string;

  before(async () => {
    const shared: InlineConfig = {
      configFile: false,
      logLevel: "error",
      mode: "development",
      define: { "process.env.NODE_ENV": '"development"' },
      resolve: { alias: { "carryout/elements": join(top, "src/ui/elements.ts") } },
    };
    await build({
      ...shared,
      build: {
        ssr: here("strict.page.tsx"),
        outDir: out,
        rolldownOptions: { external: ["carryout/elements"], output: { entryFileNames: "server.mjs" } },
      },
    });
    await build({
      ...shared,
      build: {
        outDir: join(out, "browser"),
        minify: false,
        lib: {
          entry: here("strict-client.tsx"),
          formats: ["iife"],
          name: "strict",
          fileName: () => "page.js",
        },
      },
    });
    ({ StrictPage } = await import(pathToFileURL(join(out, "server.mjs")).href));
    script = readFileSync(join(out, "browser/page.js"), "utf8");
    cluster = await RealCluster.start({ config: here("../browser/browser.config.ts"), nodes: 1 });
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await cluster?.stop();
    rmSync(out, { recursive: true, force: true });
  });

  it("takes it over without a complaint, keeps one stream, and follows its properties", async () => {
    const { page, context, complaints } = await newVisitor(browser);
    await page.goto(cluster.entry);
    const initial = await initialWhileRunning(context, cluster.entry);
    const html = renderToString(createElement(StrictPage, { src: "/downloads", initial }));
    assert.match(html, />processing<\/button>/);
    await serveRendered(page, { html, initial, script });
    await page.goto("about:blank"); // the page before has ended all that it began
    const [opened, open] = [countStreams(context), openStreams(context)];
    await page.goto(`${cluster.entry}/rendered`);

    await page.locator("carryout-tray [part~=item]").waitFor();
    await page.getByRole("button", { name: "ready", exact: true }).waitFor();
    assert.deepEqual([opened(), open()], [1, 1]);

    await page.getByRole("button", { name: "Hide" }).click();
    await eventually("the stream is closed", async () => open() === 0);
    await page.getByRole("button", { name: "Show" }).click();
    await page.getByRole("button", { name: "ready", exact: true }).waitFor();
    await eventually("there is one again", async () => open() === 1);

    const field = page.locator("carryout-export").getByRole("textbox", { name: "Country" });
    await field.fill("JP");
    await page.getByRole("button", { name: "France" }).click();
    const posted = page.waitForRequest((request) => request.method() === "POST");
    await page.locator("carryout-button [part~=button]").click();
    assert.deepEqual(JSON.parse((await posted).postData() ?? ""), {
      kind: "cities.csv",
      params: { country: "FR" },
      slot: "default",
    });
    await page.locator("carryout-button [part~=link]").waitFor();
    assert.equal(await field.inputValue(), "JP", "equal values, given anew, undo no choice of the user");
    assert.deepEqual(complaints, []);
    await context.close();
  });
});
