import assert from "node:assert/strict";
import { glob, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { eventually, RealCluster } from "../support/real-cluster.ts";
import type { PublicDownload } from "../support/visitor.ts";
import { BIG_BYTES, slowText } from "./browser-generators.ts";
import { digestOf, sendingNode } from "./file-transfer.ts";
import { Firefox, findFirefox } from "./firefox.ts";
import type { FirefoxTab } from "./firefox-tab.ts";
import { occupy } from "./occupied-places.ts";
import { FAST, SlowLink } from "./slow-link.ts";

const config = new URL("./browser.config.ts", import.meta.url).pathname;
const NODES = 2;

/** All that the tab's visitor has, by the API. */
function listOf(tab: FirefoxTab): Promise<PublicDownload[]> {
  return tab.evaluate(async () => {
    const { downloads } = (await (await fetch("/downloads")).json()) as { downloads: PublicDownload[] };
    return downloads;
  });
}

describe("in Firefox", { skip: findFirefox() === null && "there is no Firefox" }, () => {
  let cluster: RealCluster;
  let firefox: Firefox;

  before(async () => {
    firefox = await Firefox.open();
    cluster = await RealCluster.start({
      config,
      nodes: NODES,
      respawn: true,
      env: { CARRYOUT_CAPACITY: "1" },
    });
  });

  after(async () => {
    await firefox?.close();
    await cluster?.stop();
  });

  test("a visitor clicks, watches, reloads, loses the node that makes the file, and fetches the file", async () => {
    const tab = await firefox.newVisitor();
    await tab.goto(cluster.entry);
    await tab.click("button");
    await tab.reaches(15);
    assert.match(await tab.evaluate(() => document.title), /^\d+% · /);
    await tab.reload();
    await tab.reaches(15);
    const node = (await listOf(tab))[0]?.node ?? null;
    process.kill((await cluster.holder(node)).pid, "SIGKILL");
    // Not necessarily "moved": a slow browser may see only the end.
    await tab.reads("title", /Your file is ready/);
    await tab.click("link");
    const path = join(firefox.downloads, "cities – all.pdf");
    await eventually("the whole file is saved", async () => (await readFile(path, "utf8")) === slowText);
    await tab.click("dismiss");
    await tab.reads("button", /Download/);
    await tab.close({ tolerates: /NetworkError/ });
    await cluster.allUp();
  });

  test("five tabs share one stream; when the leading one closes, another one reads it", async () => {
    const first = await firefox.newVisitor();
    const tabs = [first];
    while (tabs.length < 5) tabs.push(await first.sibling());
    for (const tab of tabs) {
      await tab.goto(cluster.entry);
      await tab.reads("button", /Download/);
    }
    const readers = () =>
      tabs.filter(({ requests }) => requests.some((url) => url.endsWith("/downloads/events")));
    await tabs[2]!.click("button");
    await tabs[4]!.reaches(5);
    const [leader, ...others] = readers();
    assert.equal(others.length, 0);
    const left = tabs.filter((tab) => tab !== leader);
    await leader!.close();
    await eventually("another one reads", async () => readers().length === 2);
    const last = left.at(-1)!;
    await last.reaches(15);
    await last.click("cancel");
    await last.reads("button", /Download/);
    for (const tab of left) await tab.close();
  });

  test("a page that comes back from the page cache shows what happened meanwhile", async () => {
    const tab = await firefox.newVisitor();
    await tab.goto(`${cluster.entry}/?page=2`);
    await tab.click("button");
    await tab.reaches(5);
    await tab.goto(`${cluster.entry}/healthz`);
    await tab.traverse(-1);
    await tab.reads("title", /Your file is ready/);
    await tab.click("dismiss");
    await tab.close();
  });

  test("everything works by keyboard alone", async () => {
    const tab = await firefox.newVisitor();
    await tab.goto(cluster.entry);
    await tab.reads("button", /Download PDF/);
    await tab.focus("input[type=radio]:checked");
    await tab.press("ArrowRight");
    await tab.reads("button", /Download CSV/);
    await tab.focus("[part=button]");
    await tab.press("Enter");
    await tab.reads("title", /Your file is ready/);
    await tab.focus("[part=dismiss]");
    await tab.press("Space");
    await tab.reads("button", /Download CSV/);
    await tab.close();
  });

  test("after a refresh each state is still there: waiting, running, ready, failed, gone", async (t) => {
    const tab = await firefox.newVisitor();
    await tab.goto(cluster.entry);
    const removed = () => eventually("it is removed", async () => (await listOf(tab)).length === 0);
    const free = await occupy(t, cluster, NODES);
    await tab.click("button");
    await tab.reads("line", /next in line/);
    await tab.reload();
    await tab.reads("line", /next in line/);
    await free();
    const before = await tab.reaches(15);
    await tab.reload();
    assert.ok((await tab.reaches(1)) >= before, "not less than before");
    await tab.reads("title", /Your file is ready/);
    await tab.reload();
    await tab.reads("title", /Your file is ready/);
    await tab.click("dismiss");
    await removed();
    await tab.reload();
    await tab.choose("Parquet");
    await tab.reads("button", /Download Parquet/);
    await tab.click("button");
    await tab.reads("line", /<b>disk<\/b>/);
    await tab.reload();
    await tab.reads("line", /<b>disk<\/b>/);
    await tab.click("dismiss");
    await removed();
    await tab.reload();
    await tab.reads("button", /Download/);
    assert.equal(await tab.text("panel"), null);
    await tab.close();
  });

  test("a page that goes offline says so, and catches up when it is online again", async (t) => {
    const link = await SlowLink.to(cluster.entry, FAST);
    t.after(() => link.close());
    const tab = await firefox.newVisitor();
    await tab.goto(link.origin);
    await tab.click("button");
    const before = await tab.reaches(5);
    await tab.setOffline(true);
    link.cut(); // what is open stays open, which a network would not do
    await tab.reads("facts", /Connection lost, trying again…/);
    assert.ok((await tab.reaches(1)) >= before);
    link.mend();
    await tab.setOffline(false);
    await tab.reads("title", /Your file is ready/);
    await tab.close({ tolerates: /NetworkError/ });
  });

  test("a file whose node is killed while it is fetched is fetched to its end, from where it was", async (t) => {
    const link = await SlowLink.to(cluster.entry, 1_000_000);
    t.after(() => link.close());
    const tab = await firefox.newVisitor();
    await tab.goto(link.origin);
    await tab.evaluate(async () => {
      const headers = { "content-type": "application/json" };
      await fetch("/downloads", { method: "POST", headers, body: JSON.stringify({ kind: "big.bin" }) });
    });
    const file = await eventually("it is ready", async () => (await listOf(tab))[0]?.file ?? null);
    await eventually("the tray has its link", () =>
      tab.evaluate(() => {
        const tray = document.querySelector("carryout-tray")?.shadowRoot;
        const link = tray?.querySelector<HTMLElement>("[part~=link]");
        link?.click();
        return link != null;
      }),
    );
    const sender = await sendingNode(cluster);
    await eventually("some of it has arrived", async () => {
      const [part] = await Array.fromAsync(glob("big*.part", { cwd: firefox.downloads }));
      return part !== undefined && (await stat(join(firefox.downloads, part))).size > 0;
    });
    link.bytesPerSecond = FAST;
    process.kill(sender.pid, "SIGKILL");
    // Firefox leaves it to the user whether to go on.
    await eventually(
      "the download has failed, and is tried again",
      async () => (await firefox.retryDownloads()) > 0,
    );
    const path = join(firefox.downloads, "big.bin");
    await eventually(
      "the whole file is saved",
      async () => (await stat(path)).size === BIG_BYTES && (await digestOf(path)) === file.sha256,
    );
    assert.match(link.ranges.join(), /^bytes=[1-9]\d*-$/, "it asked once, for what it lacked");
    await tab.close({ tolerates: /NetworkError/ });
    await cluster.allUp();
  });

  test("without JavaScript, forms, reloads and links are enough to get a file", async () => {
    const plain = await Firefox.open({ "javascript.enabled": false });
    try {
      const tab = await plain.newVisitor();
      await tab.setViewport(1_280, 4_000);
      await tab.goto(cluster.entry);
      await tab.point("carryout-export .co-form .co-start");
      await eventually("it runs", () => tab.find("carryout-export progress"));
      // The page reloads itself.
      await eventually("the link", () => tab.find("carryout-export a.co-main"));
      await tab.point("carryout-export a.co-main");
      const path = join(plain.downloads, "cities – all.pdf");
      await eventually("the whole file is saved", async () => (await readFile(path, "utf8")) === slowText);
      await tab.point("carryout-export .co-panel > .co-actions > form:first-child button");
      await eventually("the form is back", () => tab.find("carryout-export > .co-form"));
      await tab.close();
    } finally {
      await plain.close();
    }
  });
});
