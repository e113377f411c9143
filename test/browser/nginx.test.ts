import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { nginx, reloadWords } from "../../scripts/cluster/nginx.ts";
import { LocalCluster, lacksPrograms } from "../support/local-cluster.ts";
import { eventually, type RealNode } from "../support/real-cluster.ts";
import { type PublicDownload, Visitor } from "../support/visitor.ts";
import { countStreams, LOSSES, newVisitor, openBrowser, panelOf, reaches, shownPercent } from "./browser.ts";
import { slowText } from "./browser-generators.ts";

/** A little more than `fail_timeout` in deploy/nginx.conf. */
const FORGOTTEN_MS = 2_200;

const config = new URL("./browser.config.ts", import.meta.url).pathname;

describe("a page behind nginx", { skip: lacksPrograms() }, () => {
  let cluster: LocalCluster;
  let browser: Browser;

  before(async () => {
    browser = await openBrowser();
    cluster = await LocalCluster.start({ config });
  });
  afterEach(() => cluster.allUp());
  after(async () => {
    await browser?.close();
    await cluster?.stop();
  });

  /** A page of the example with a running download, and the nodes to disturb. */
  async function watched() {
    const { page, context, complaints } = await newVisitor(browser, { tolerates: LOSSES });
    const streams = countStreams(context);
    await page.goto(cluster.entry);
    await panelOf(page).start.waitFor();
    const server = await eventually("a node serves the page's stream", async () => {
      const token = await cluster.operatorToken();
      const counts = await Promise.all((await cluster.nodes()).map((node) => openStreams(node, token)));
      return counts.find(({ count }) => count > 0)?.node ?? null;
    });
    return { page, context, complaints, server, streams };
  }

  /** The page has caught up and shows no failure, and the file is intact. */
  async function endsWell(page: Page, complaints: string[]): Promise<void> {
    const view = panelOf(page);
    await view.link.waitFor();
    assert.equal(await view.title.textContent(), "Your file is ready");
    assert.equal((await view.alert.textContent())?.trim(), "");
    const arriving = page.waitForEvent("download");
    await view.link.click();
    assert.equal(await readFile(await (await arriving).path(), "utf8"), slowText);
    assert.deepEqual(complaints, []);
  }

  test("catches up when the node that serves its stream and makes its file is killed", async () => {
    const { page, context, complaints, server, streams } = await watched();
    // Requested from that node directly, so that it runs there; nginx would pick another node. A node that has just
    // started may leave the claim to another one: then it is asked again.
    await eventually("that node makes the file", async () => {
      const asked = await context.request.post(`${server.url}/downloads`, { data: { kind: "cities.pdf" } });
      assert.equal(asked.status(), 202);
      const { id } = (await asked.json()) as PublicDownload;
      await eventually("it is claimed", async () => {
        const response = await context.request.get(`${cluster.entry}/downloads/${id}`);
        return ((await response.json()) as PublicDownload).node !== null;
      });
      if ((await holderOf(context)).name === server.name) return true;
      await context.request.delete(`${cluster.entry}/downloads/${id}`, {
        headers: { origin: cluster.entry },
      });
      return false;
    });
    const before = await reaches(page, 15);
    const isBack = cluster.kill(server.name);
    // A slow browser may see only the end.
    const { line, link } = panelOf(page);
    await line.filter({ hasText: "Moved to another server, nothing lost" }).or(link).first().waitFor();
    assert.ok((await shownPercent(page)) >= before || (await link.isVisible()), "progress does not fall");
    await endsWell(page, complaints);
    assert.ok(streams() > 1);
    await context.close();
    await isBack();
  });

  test("does not notice when an unrelated upstream is killed", async () => {
    const { page, context, complaints, server, streams } = await watched();
    await panelOf(page).start.click();
    await reaches(page, 10);
    const busy = [server.name, (await holderOf(context)).name];
    const idle = (await cluster.nodes()).find(({ name }) => !busy.includes(name));
    const isBack = cluster.kill(idle!.name);
    await endsWell(page, complaints);
    assert.equal(streams(), 1, "its stream was never broken");
    await context.close();
    await isBack();
  });

  test("reconnects without showing an error when nginx is reloaded", async () => {
    const { page, context, complaints, streams } = await watched();
    await panelOf(page).start.click();
    await reaches(page, 10);
    await reloadNginx();
    await endsWell(page, complaints);
    await eventually("the stream of the old worker was replaced", async () => streams() > 1);
    await context.close();
  });

  test("accepts requests while an upstream is dead", async () => {
    const visitors = Array.from({ length: 12 }, () => new Visitor());
    const isBack = cluster.kill("n2");
    for (const visitor of visitors) {
      await visitor.started(cluster.entry, "cities.csv");
      const [download] = await visitor.list(cluster.entry);
      assert.equal(download?.kind, "cities.csv");
    }
    await isBack();
  });

  test("works when opened while a node is frozen", async () => {
    const pid = cluster.pidOf("n3");
    process.kill(pid, "SIGSTOP");
    try {
      const { page, context, complaints } = await newVisitor(browser, { tolerates: LOSSES });
      await page.goto(cluster.entry, { timeout: 60_000 });
      await panelOf(page).start.click();
      await panelOf(page).link.waitFor({ timeout: 90_000 });
      await endsWell(page, complaints);
      await context.close();
    } finally {
      process.kill(pid, "SIGCONT");
    }
  });

  test("has every request answered by another node while one is frozen", async () => {
    const pid = cluster.pidOf("n2");
    process.kill(pid, "SIGSTOP");
    try {
      const statuses: number[] = [];
      // As on a quiet site: each time, nginx has forgotten that the node did not answer, and may try it again.
      for (let round = 0; round < 6; round++) {
        const [page, list] = await Promise.all([fetch(cluster.entry), fetch(`${cluster.entry}/downloads`)]);
        statuses.push(page.status, list.status);
        await setTimeout(FORGOTTEN_MS);
      }
      assert.deepEqual(new Set(statuses), new Set([200]));
    } finally {
      process.kill(pid, "SIGCONT");
    }
  });

  async function reloadNginx(): Promise<void> {
    const addresses = [1, 2, 3].map((index) => `127.0.0.1:${cluster.port + index}`);
    const program = await nginx({
      dir: join(cluster.dir, "nginx"),
      listen: `127.0.0.1:${cluster.port}`,
      nodes: addresses,
    });
    const [command, ...parameters] = reloadWords(program);
    const [code] = await once(spawn(command, parameters, { stdio: "inherit" }), "exit");
    assert.equal(code, 0);
  }

  async function holderOf(context: BrowserContext): Promise<RealNode> {
    const response = await context.request.get(`${cluster.entry}/downloads`);
    const { downloads } = (await response.json()) as { downloads: PublicDownload[] };
    return cluster.holder(downloads[0]!.node);
  }
});

async function openStreams(node: RealNode, token: string): Promise<{ node: RealNode; count: number }> {
  const headers = { Authorization: `Bearer ${token}` };
  const text = await (await fetch(`${node.url}/metrics`, { headers })).text();
  return { node, count: Number(/^carryout_event_streams (\d+)$/m.exec(text)?.[1]) };
}
