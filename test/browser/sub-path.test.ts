import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { findProgram } from "../../scripts/system-programs.mjs";
import { OPERATOR_TOKEN } from "../support/operator.ts";
import { eventually, freePorts, RealCluster } from "../support/real-cluster.ts";
import { newVisitor, openBrowser, panelOf } from "./browser.ts";
import { slowText } from "./browser-generators.ts";

const config = new URL("./browser.config.ts", import.meta.url).pathname;
const BASE = "/portal/reports";
const program = findProgram("nginx");
const FRONTS = ["strips", "keeps"] as const;

/** A portal that serves the cluster under a sub-path, on two ports: one strips the path, one keeps it. */
function portal(dir: string, port: number, node: string): string {
  const server = (index: number, upstream: string) => `
    server {
      listen 127.0.0.1:${port + index};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      location ${BASE}/ { proxy_pass ${upstream}; proxy_buffering off; }
      location / { return 404 "the portal has nothing here"; }
    }`;
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${dir}/${name};`)
    .join(" ");
  return `daemon off; pid ${dir}/nginx.pid; error_log ${dir}/error.log;${process.getuid?.() === 0 ? " user root;" : ""}
  events {}
  http { access_log off; ${temporary} ${server(0, `${node}/`)} ${server(1, node)} }`;
}

describe("under a path behind nginx", { skip: program === null && "there is no nginx" }, () => {
  let cluster: RealCluster;
  let browser: Browser;
  let dir: string;
  let port: number;
  const fronts: Record<(typeof FRONTS)[number], string> = { strips: "", keeps: "" };
  let stopNginx = async () => {};

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "carryout-portal-"));
    [browser, cluster] = await Promise.all([
      openBrowser(),
      RealCluster.start({ config, nodes: 2, env: { CARRYOUT_BASE_PATH: `${BASE}/` } }),
    ]);
    port = await freePorts(1);
    Object.assign(fronts, {
      strips: `http://127.0.0.1:${port}${BASE}`,
      keeps: `http://127.0.0.1:${port + 1}${BASE}`,
    });
    await writeFile(join(dir, "nginx.conf"), portal(dir, port, cluster.entry));
    const words = ["-p", dir, "-c", join(dir, "nginx.conf"), "-e", join(dir, "error.log")];
    const child = spawn(program as string, words, { stdio: "inherit" });
    stopNginx = async () => {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    };
    await eventually("nginx answers", async () => (await fetch(`${fronts.keeps}/readyz`)).ok);
  });
  after(async () => {
    await browser?.close();
    await stopNginx();
    await cluster?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  /** A page's requests that left the path, and those that were answered 404. */
  function strays(page: Page): string[] {
    const found: string[] = [];
    page.on("response", (response) => {
      const { pathname } = new URL(response.url());
      if (!pathname.startsWith(`${BASE}/`) || response.status() >= 400) found.push(pathname);
    });
    return found;
  }

  for (const front of FRONTS) {
    test(`nginx ${front} the path: a visitor clicks, watches, fetches; all links stay under the path`, async () => {
      const { page, context, complaints } = await newVisitor(browser);
      const lost = strays(page);
      await page.goto(`${fronts[front]}/`);
      const view = panelOf(page);
      await view.start.click();
      await view.panel.waitFor();
      await page.reload();
      await view.link.waitFor();
      assert.match((await view.link.getAttribute("href")) ?? "", new RegExp(`^${BASE}/downloads/`));
      const arriving = page.waitForEvent("download");
      await view.link.click();
      assert.equal(await readFile(await (await arriving).path(), "utf8"), slowText);
      await page.getByRole("link", { name: "Next" }).click();
      await page.getByText("Page 2 of").waitFor();
      await view.dismiss.click();
      await view.panel.waitFor({ state: "detached" });
      const cookies = await context.cookies(`${fronts[front]}/`);
      assert.deepEqual(
        cookies.map(({ name, path }) => [name, path]),
        [["carryout", BASE]],
      );
      assert.deepEqual([lost, complaints], [[], []]);
      await context.close();
    });

    test(`nginx ${front} the path: forms work without scripts`, async () => {
      const { page, context } = await newVisitor(browser, { javaScriptEnabled: false });
      const lost = strays(page);
      await page.goto(`${fronts[front]}/?page=2`);
      await page.getByLabel("CSV", { exact: true }).check();
      await page.locator(".co-start").click();
      assert.equal(page.url(), `${fronts[front]}/?page=2`);
      const link = page.locator("carryout-export .co-main");
      await eventually("the file is ready", async () => {
        await page.reload();
        return (await link.count()) > 0;
      });
      await page.getByRole("button", { name: "Dismiss" }).first().click();
      await page.locator("carryout-export .co-start").waitFor();
      assert.deepEqual(lost, []);
      await context.close();
    });

    test(`nginx ${front} the path: operators see the cluster, and can navigate back`, async () => {
      const { page, context, complaints } = await newVisitor(browser);
      const lost = strays(page);
      await page.goto(`${fronts[front]}/cluster?token=${OPERATOR_TOKEN}`);
      assert.equal(page.url(), `${fronts[front]}/cluster`);
      await page.getByRole("heading", { name: "n2" }).waitFor();
      await page.getByRole("link", { name: "Back to the application" }).click();
      await page.waitForURL(`${fronts[front]}/`);
      assert.deepEqual([lost, complaints], [[], []]);
      await context.close();
    });
  }
});
