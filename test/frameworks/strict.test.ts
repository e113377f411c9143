import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { createElement, type FunctionComponent } from "react";
import { renderToString } from "react-dom/server";
import { build, type InlineConfig } from "vite";
import { newVisitor, openBrowser } from "../browser/browser.ts";
import { eventually, RealCluster } from "../support/real-cluster.ts";

const top = fileURLToPath(new URL("../..", import.meta.url));
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

describe("React in strict mode, from the server's HTML on", () => {
  mkdirSync(join(top, ".carryout"), { recursive: true });
  const out = mkdtempSync(join(top, ".carryout", "carryout-strict-"));
  let cluster: RealCluster;
  let browser: Browser;
  let StrictPage: FunctionComponent<{ src: string; initial: unknown }>;
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
    const api = `${cluster.entry}/downloads`;
    const started = await context.request.post(api, {
      data: { kind: "cities.pdf", params: {}, slot: "own" },
    });
    assert.equal(started.status(), 202);
    const initial = await eventually("it runs", async () => {
      const list = await (await context.request.get(api)).json();
      return list.downloads[0].state === "processing" && list;
    });

    const html = renderToString(createElement(StrictPage, { src: "/downloads", initial }));
    assert.match(html, />processing<\/button>/);
    const data = `<script>globalThis.initial = ${JSON.stringify(initial)}</script>`;
    await page.route("**/strict", (route) =>
      route.fulfill({
        contentType: "text/html",
        body: `<!doctype html><html lang="en"><title>Strict</title><body><div id="app">${html}</div>${data}<script src="/strict.js"></script>`,
      }),
    );
    await page.route("**/strict.js", (route) =>
      route.fulfill({ contentType: "text/javascript; charset=utf-8", body: script }),
    );
    let streams = 0;
    const open = new Set<unknown>();
    page.on("request", (request) => {
      if (!request.url().endsWith("/downloads/events")) return;
      streams += 1;
      open.add(request);
    });
    for (const end of ["requestfinished", "requestfailed"] as const) {
      page.on(end as "requestfinished", (request) => open.delete(request));
    }
    await page.goto(`${cluster.entry}/strict`);

    await page.locator("carryout-tray [part~=item]").waitFor();
    await page.getByRole("button", { name: "ready", exact: true }).waitFor();
    assert.deepEqual([streams, open.size], [1, 1]);

    await page.getByRole("button", { name: "Hide" }).click();
    await eventually("the stream is closed", async () => open.size === 0);
    await page.getByRole("button", { name: "Show" }).click();
    await page.getByRole("button", { name: "ready", exact: true }).waitFor();
    await eventually("there is one again", async () => open.size === 1);

    await page.getByRole("button", { name: "France" }).click();
    const posted = page.waitForRequest((request) => request.method() === "POST");
    await page.locator("carryout-button [part~=button]").click();
    assert.deepEqual(JSON.parse((await posted).postData() ?? ""), {
      kind: "cities.csv",
      params: { country: "FR" },
      slot: "default",
    });
    await page.locator("carryout-button [part~=link]").waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });
});
