import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { build } from "vite";
import { createSSRApp } from "vue";
import { renderToString } from "vue/server-renderer";
import { carryout } from "../../src/vue/index.ts";
import { newVisitor, openBrowser } from "../browser/browser.ts";
import { RealCluster } from "../support/real-cluster.ts";
import { initialWhileRunning, serveRendered } from "./hydration.ts";
import { newFolder } from "./project.ts";
import { VuePage } from "./vue.page.ts";

const top = fileURLToPath(new URL("../..", import.meta.url));
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

describe("Vue in development, from the server's HTML on", () => {
  const out = newFolder("carryout-vue-");
  let cluster: RealCluster;
  let browser: Browser;
  let script: string;

  before(async () => {
    await build({
      configFile: false,
      logLevel: "error",
      mode: "development",
      define: {
        "process.env.NODE_ENV": '"development"',
        __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "true",
      },
      resolve: {
        alias: [
          { find: "carryout/elements", replacement: join(top, "src/ui/elements.ts") },
          // As the package's `browser` says.
          { find: "../frameworks/first-html.ts", replacement: join(top, "src/frameworks/no-html.ts") },
        ],
      },
      build: {
        outDir: out,
        minify: false,
        lib: { entry: here("vue-client.ts"), formats: ["iife"], name: "page", fileName: () => "page.js" },
      },
    });
    script = readFileSync(join(out, "page.js"), "utf8");
    cluster = await RealCluster.start({ config: here("../browser/browser.config.ts"), nodes: 1 });
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await cluster?.stop();
    rmSync(out, { recursive: true, force: true });
  });

  it("takes it over without a complaint, and leaves it until the elements are there", async () => {
    const { page, context, complaints } = await newVisitor(browser);
    await page.goto(cluster.entry);
    const initial = await initialWhileRunning(context, cluster.entry);
    const app = createSSRApp(VuePage).use(carryout({ initial }));
    const html = await renderToString(app);
    assert.match(html, /<button[^>]*>processing<\/button>/);
    assert.match(html, /<carryout-button [^>]*><form/);
    await serveRendered(page, { html, initial, script });
    const warnings: string[] = [];
    page.on("console", (message) => {
      if (message.text().includes("[Vue warn]")) warnings.push(message.text());
    });
    await page.goto(`${cluster.entry}/rendered`);
    await page.locator("carryout-tray [part~=item]").waitFor();
    await page.getByRole("button", { name: "ready", exact: true }).waitFor();
    assert.ok(
      await page.locator("carryout-button > form").count(),
      "the server's HTML is left in the element",
    );

    await page.getByRole("button", { name: "France" }).click();
    const posted = page.waitForRequest((request) => request.method() === "POST");
    await page.locator("carryout-button [part~=button]").click();
    assert.deepEqual(JSON.parse((await posted).postData() ?? "").params, { country: "FR" });
    await page.getByText("ready: cities.csv").waitFor();
    assert.deepEqual([warnings, complaints], [[], []]);
    await context.close();
  });
});
