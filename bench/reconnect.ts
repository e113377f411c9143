/** @module How long a page stands still when the node that serves its event stream is killed: measured in Chromium. */

import type { Page } from "playwright-core";
import { LOSSES, newVisitor, openBrowser } from "../test/browser/browser.ts";
import { asOperator } from "../test/support/operator.ts";
import { eventually, RealCluster, type RealNode } from "../test/support/real-cluster.ts";
import { BenchVisitor, start } from "./support/caller.ts";
import { type Figure, medianAndWorst } from "./support/table.ts";

const config = new URL("./support/bench.config.ts", import.meta.url).pathname;

const USER = "ann";
const visitor = new BenchVisitor(USER);

/** In the page: the times of the streams that it opened, and of the changes that it saw. */
interface Seen {
  opened: number[];
  changed: number[];
}

const SCRIPT = `
  import { createClient } from "/carryout/client.js";
  const seen = { opened: [], changed: [] };
  const send = fetch;
  globalThis.fetch = async (...given) => {
    const response = await send(...given);
    if (String(given[0]).endsWith("/events") && response.ok) seen.opened.push(Date.now());
    return response;
  };
  const client = createClient();
  client.subscribe(() => seen.changed.push(Date.now()));
  Object.assign(globalThis, { seen });
`;

export async function reconnect(kills: number): Promise<Figure[]> {
  const cluster = await RealCluster.start({ config, nodes: 3, respawn: true });
  const browser = await openBrowser();
  try {
    const { page, context } = await newVisitor(browser, {
      tolerates: LOSSES,
      extraHTTPHeaders: { "x-user": USER },
    });
    const body = `<!doctype html><title>Bench</title><script type="module">${SCRIPT}</script>`;
    await context.route("**/bench-page", (route) => route.fulfill({ body, contentType: "text/html" }));
    await page.goto(`${cluster.entry}/bench-page`);
    const opened: number[] = [];
    const changed: number[] = [];
    for (let kill = 0; kill < kills; kill++) {
      const pauses = await strike(cluster, page);
      opened.push(pauses.openedMs);
      changed.push(pauses.changedMs);
      await cluster.allUp();
    }
    return [
      {
        what: "node of the page's stream killed: until the page has another stream",
        measured: medianAndWorst(opened),
      },
      { what: "the same: until the page shows a change", measured: medianAndWorst(changed) },
    ];
  } finally {
    await browser.close();
    await cluster.stop();
  }
}

/** Kills the node that serves the stream while another one makes the file. */
async function strike(cluster: RealCluster, page: Page): Promise<{ openedMs: number; changedMs: number }> {
  const server = await eventually("a node serves the stream, another one makes the file", async () => {
    const serving = await servingNode(cluster);
    const holder = (await visitor.list(cluster.entry))[0];
    if (!serving || holder?.node === null) return null;
    if (holder && holder.node?.split("/")[0] !== serving.name) return serving;
    if (holder) await visitor.request(`${cluster.entry}/downloads/${holder.id}`, { method: "DELETE" });
    const other = (await cluster.nodes()).find(({ name }) => name !== serving.name);
    if (other) await start(other.url, USER, "ticking", { ticks: 1e6, everyMs: 50 });
    return null;
  });
  // A stream that has lasted, as one that a user watches.
  await new Promise((resolve) => setTimeout(resolve, 4_000 + Math.random() * 500));
  const struckAt = Date.now();
  process.kill(server.pid, "SIGKILL");
  return eventually("the page goes on", async () => {
    const { opened, changed } = await page.evaluate(seen);
    const openedAt = opened.find((at) => at > struckAt);
    const changedAt = changed.find((at) => openedAt !== undefined && at >= openedAt);
    return changedAt === undefined || openedAt === undefined
      ? null
      : { openedMs: openedAt - struckAt, changedMs: changedAt - struckAt };
  });
}

async function servingNode(cluster: RealCluster): Promise<RealNode | null> {
  for (const node of await cluster.nodes()) {
    const metrics = await (await fetch(`${node.url}/metrics`, { headers: asOperator })).text();
    if (Number(/^carryout_event_streams (\d+)$/m.exec(metrics)?.[1]) > 0) return node;
  }
  return null;
}

/** Runs in the page. */
function seen(): Seen {
  return (globalThis as typeof globalThis & { seen: Seen }).seen;
}
