import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { eventually, RealCluster } from "../support/real-cluster.ts";
import { slowText } from "./browser-generators.ts";
import { Firefox, findFirefox } from "./firefox.ts";

const config = new URL("./browser.config.ts", import.meta.url).pathname;

describe("in Firefox", { skip: findFirefox() === null && "there is no Firefox" }, () => {
  let cluster: RealCluster;
  let firefox: Firefox;

  before(async () => {
    [firefox, cluster] = await Promise.all([
      Firefox.open(),
      RealCluster.start({ config, nodes: 2, respawn: true }),
    ]);
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
    const node = await tab.evaluate(async () => {
      const { downloads } = (await (await fetch("/downloads")).json()) as { downloads: { node: string }[] };
      return downloads[0]?.node ?? null;
    });
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
});
