import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { type Browser, chromium, type Page } from "playwright-core";
import { eventually, RealCluster } from "../support/real-cluster.ts";
import { hostPage, launchOptions, newVisitor, openBrowser, openStreams, panelOf } from "./browser.ts";

const config = new URL("./browser.config.ts", import.meta.url).pathname;

let cluster: RealCluster;
let browser: Browser;

before(async () => {
  browser = await openBrowser();
  cluster = await RealCluster.start({ config, respawn: true });
});

after(async () => {
  await browser?.close();
  await cluster?.stop();
});

const button = `<carryout-button kind="cities.pdf"></carryout-button>`;

/** A page on the same origin with these elements, as a host application could render it. */
async function openPage(
  page: Page,
  content: string,
  options: Parameters<typeof hostPage>[3] = {},
): Promise<void> {
  await page.goto(await hostPage(page.context(), cluster.entry, content, options));
}

/** A proxy that passes a response on only when it is complete, as some virus scanners do. */
async function scanner(t: TestContext): Promise<string> {
  const { port: target } = new URL(cluster.entry);
  const proxy = createServer((incoming, outgoing) => {
    const { url: path, method, headers } = incoming;
    const onward = send({ host: "127.0.0.1", port: target, path, method, headers }, async (answer) => {
      const chunks: Buffer[] = [];
      try {
        for await (const chunk of answer) chunks.push(chunk as Buffer);
      } catch {
        return; // The browser gave up.
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers).end(Buffer.concat(chunks));
    });
    onward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  t.after(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

test("the page stays usable when all site data is blocked, and says that cookies are needed", async (t) => {
  const profile = await mkdtemp(join(tmpdir(), "carryout-browser-"));
  await mkdir(join(profile, "Default"));
  const settings = { profile: { default_content_setting_values: { cookies: 2 } } };
  await writeFile(join(profile, "Default/Preferences"), JSON.stringify(settings));
  const context = await chromium.launchPersistentContext(profile, launchOptions());
  t.after(async () => {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  });
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(cluster.entry);
  const view = panelOf(page);
  await view.start.click();
  await view.refused.filter({ hasText: "blocks cookies" }).waitFor();
  assert.equal(await page.evaluate(() => 1 + 1), 2);
});

test("without a secure context, eight tabs load and work over one stream", async () => {
  const { context } = await newVisitor(browser);
  const streams = openStreams(context);
  const base = cluster.entry.replace("127.0.0.1", "intranet.test");
  const pages: Page[] = [];
  for (let tab = 0; tab < 8; tab++) {
    const page = await context.newPage();
    await page.goto(base);
    await panelOf(page).start.waitFor();
    pages.push(page);
  }
  assert.equal(await pages[0]!.evaluate(() => isSecureContext), false);
  await panelOf(pages[0]!).start.click();
  await panelOf(pages[7]!).panel.waitFor();
  await pages[0]!.close();
  await panelOf(pages[3]!).link.waitFor();
  // Tabs that are slow to answer each other may open some for a moment.
  await eventually("one stream serves seven tabs", async () => streams() === 1);
  await context.close();
});

test("when streams are held back, the page polls and finds the file", async (t) => {
  const base = await scanner(t);
  const { page, context } = await newVisitor(browser);
  await page.goto(base);
  await panelOf(page).start.click();
  await panelOf(page).link.waitFor({ timeout: 60_000 });
  await context.close();
});

test("under a CSP without inline styles the bar fills, and nothing is blocked", async () => {
  const { page, context } = await newVisitor(browser);
  const refused: string[] = [];
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) refused.push(message.text());
  });
  const policy = "default-src 'self'; style-src 'self'; script-src 'self'; img-src data:";
  await openPage(page, `${button}<carryout-tray></carryout-tray>`, {
    headers: { "content-security-policy": policy },
  });
  await panelOf(page, "carryout-button").start.click();
  const filled = () =>
    page.evaluate(() => {
      const root = document.querySelector("carryout-button")?.shadowRoot;
      const [bar, fill] = ["bar", "fill"].map((name) =>
        root?.querySelector(`[part~=${name}]`)?.getBoundingClientRect(),
      );
      return bar && fill ? (100 * (fill.right - bar.left)) / bar.width : 0;
    });
  await eventually("a bar that is filled by a fifth", async () => (await filled()) > 20);
  assert.deepEqual(refused, []);
  await panelOf(page, "carryout-button").cancel.click();
  await context.close();
});

test("params that a framework stringified start nothing, and the console says why", async () => {
  const { page, context, complaints } = await newVisitor(browser, { tolerates: /^carryout: the attribute/ });
  const errors: string[] = [];
  const posts: (string | null)[] = [];
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("request", (request) => request.method() === "POST" && posts.push(request.postData()));
  await openPage(
    page,
    `<carryout-button id="a" kind="cities.csv" slot-name="a" params="[object Object]"></carryout-button>
     <carryout-button id="b" kind="cities.csv" slot-name="b" params="{'country':'FR'}"></carryout-button>
     <carryout-button id="c" kind="cities.csv" slot-name="c" choices="[object Object]"></carryout-button>`,
  );
  for (const id of ["a", "b"]) assert.ok(await page.locator(`#${id} [part=button]`).isDisabled(), id);
  assert.ok(await page.locator("#c [part=button]").isEnabled());
  await eventually(
    "the console has all three",
    async () => errors.filter((text) => text.includes("carryout: the attribute")).length === 3,
  );
  assert.match(errors.join("\n"), /set the property "params"/);
  assert.deepEqual([posts, complaints], [[], []]);
  await context.close();
});

test("properties set before the elements are defined take effect, and children stay in place", async () => {
  const { page, context, complaints } = await newVisitor(browser);
  const asked = page.waitForRequest((request) => request.method() === "POST");
  await openPage(
    page,
    `<script>
       const button = document.createElement("carryout-button");
       Object.assign(button, { kind: "cities.csv", slotName: "early", params: { country: "FR" } });
       button.innerHTML = "<span id=child>Loading…</span>";
       document.body.append(button);
     </script>`,
  );
  const view = panelOf(page, "carryout-button");
  await view.start.click();
  assert.deepEqual((await asked).postDataJSON(), {
    kind: "cities.csv",
    slot: "early",
    params: { country: "FR" },
  });
  await view.link.waitFor();
  // What React and Vue do when the state that the child was rendered from changes.
  await page.evaluate(() => {
    const element = document.querySelector("carryout-button")!;
    element.removeChild(document.getElementById("child")!);
    document.body.prepend(element);
  });
  await view.link.waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test("Retry repeats the failed request, and a button for another request is shown next to it", async () => {
  const { page, context } = await newVisitor(browser);
  await openPage(page, `<carryout-button kind="fake" params='{"country":"FR"}'></carryout-button>`);
  const view = panelOf(page, "carryout-button");
  await view.start.click();
  await view.retry.waitFor();
  assert.equal(await view.start.count(), 0, "its own failure has its Retry");
  await openPage(page, `<carryout-button kind="fake" params='{"country":"DE"}'></carryout-button>`);
  await view.start.waitFor();
  const asked = page.waitForRequest((request) => request.method() === "POST");
  await view.retry.click();
  assert.match((await asked).url(), /\/downloads\/[\w-]+\/retry$/);
  await view.retry.waitFor();
  await context.close();
});

test("on a first visit, a request made before the stream answers is kept", async () => {
  const { page, context } = await newVisitor(browser);
  const posted = page.waitForResponse((response) => response.request().method() === "POST");
  await page.route("**/downloads/events", async (route) => {
    await posted;
    await route.continue();
  });
  const document = await page.goto(cluster.entry);
  assert.match((await document!.allHeaders())["set-cookie"] ?? "", /^carryout=/);
  await panelOf(page).start.click();
  assert.equal((await (await posted).allHeaders())["set-cookie"], undefined);
  await panelOf(page).bar.and(page.locator("[aria-valuenow]")).waitFor();
  await panelOf(page).cancel.click();
  await context.close();
});

test("a second user of the same browser sees nothing of the first, even in a tab that was already open", async () => {
  const { page, context } = await newVisitor(browser);
  await page.goto(cluster.entry);
  await panelOf(page).start.click();
  await panelOf(page).panel.waitFor();
  await context.clearCookies();
  const other = await context.newPage();
  await other.goto(cluster.entry);
  await panelOf(other).start.waitFor();
  await panelOf(page).panel.waitFor({ state: "detached" });
  assert.equal(await panelOf(other).panel.count(), 0);
  await context.close();
});

test("in a long list each control has a unique name, focus stays nearby, and the list can be cleared", async () => {
  const { page, context } = await newVisitor(browser);
  await openPage(page, "<carryout-tray></carryout-tray>");
  await context.request.get(`${cluster.entry}/downloads`);
  for (let index = 0; index < 25; index++) {
    const data = { kind: "cities.csv", slot: `s${index}` };
    const answer = await context.request.post(`${cluster.entry}/downloads`, { data });
    assert.equal(answer.status(), 202);
  }
  await page.reload();
  const items = page.locator("carryout-tray [part~=item]");
  await page.locator("carryout-tray [part=more]").click();
  await page.locator("carryout-tray [part~=item][part~=ready]").nth(24).waitFor();
  assert.equal(await items.count(), 25, "also those that a snapshot has no room for");
  await items.nth(20).getByRole("link", { name: "Download cities.csv" }).waitFor();
  await items.nth(20).getByRole("button", { name: "Dismiss cities.csv" }).focus();
  await page.keyboard.press("Enter");
  await items.nth(24).waitFor({ state: "detached" });
  const focused = await page.evaluate(() => {
    const item = document.querySelector("carryout-tray")?.shadowRoot?.activeElement?.closest("li");
    return [...(item?.parentElement?.children ?? [])].indexOf(item as HTMLElement);
  });
  assert.equal(focused, 20);
  const clear = page.locator("carryout-tray [part=clear]");
  await clear.click();
  await clear.getByText("Remove 24 for good").waitFor();
  await clear.click();
  await page.locator("carryout-tray [part=empty]").waitFor();
  await eventually("the server has none", async () => {
    const response = await context.request.get(`${cluster.entry}/downloads`);
    return ((await response.json()) as { downloads: unknown[] }).downloads.length === 0;
  });
  await context.close();
});

test("file names keep their text direction on a right-to-left page", async () => {
  const { page, context } = await newVisitor(browser);
  await openPage(page, button, { dir: "rtl" });
  await panelOf(page, "carryout-button").start.click();
  await panelOf(page, "carryout-button").link.waitFor();
  assert.equal(
    await panelOf(page, "carryout-button").link.locator("bdi").first().textContent(),
    "cities – all.pdf",
  );
  await context.close();
});

test("at 320 px the example does not scroll sideways, clips nothing, and keeps downloads reachable", async () => {
  const { page, context } = await newVisitor(browser, { viewport: { width: 320, height: 640 } });
  await page.goto(cluster.entry);
  await panelOf(page).start.waitFor();
  const { tooWide, cut } = await page.evaluate(() => ({
    tooWide: document.documentElement.scrollWidth - innerWidth,
    cut: [...document.querySelectorAll("#places")].filter((box) => box.scrollWidth > box.clientWidth).length,
  }));
  assert.deepEqual([tooWide, cut], [0, 0]);
  await page.locator("carryout-tray [part=heading]").scrollIntoViewIfNeeded();
  assert.ok(await page.locator("carryout-tray [part=heading]").isVisible());
  await context.close();
});
