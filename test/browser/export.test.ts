import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import type { Browser, Locator, Page } from "playwright-core";
import { eventually, RealCluster } from "../support/real-cluster.ts";
import { hostPage, newVisitor, openBrowser, type VisitorOptions } from "./browser.ts";

const config = new URL("./export.config.ts", import.meta.url).pathname;

/** What browsers write to the console when the server refuses a request. */
const REFUSED = /status of 422/;

let cluster: RealCluster;
let browser: Browser;

before(async () => {
  browser = await openBrowser();
  cluster = await RealCluster.start({ config, nodes: 2 });
});

after(async () => {
  await browser?.close();
  await cluster?.stop();
});

function formOf(page: Page) {
  const element = page.locator("carryout-export");
  const part = (name: string): Locator => element.locator(`[part~="${name}"]`);
  return {
    element,
    form: part("form"),
    format: (name: string) => element.getByRole("radio", { name, exact: true }),
    country: element.getByRole("combobox", { name: "Country" }),
    customer: element.getByRole("textbox", { name: "Customer" }),
    pace: element.getByRole("spinbutton", { name: "Pace" }),
    checkbox: (name: string) => element.getByRole("checkbox", { name, exact: true }),
    columns: element.locator("[part~=summary]:visible"),
    start: part("button"),
    panel: part("panel"),
    link: element.getByRole("link", { name: /^Download orders/ }),
    again: element.getByRole("button", { name: "New export" }),
    status: element.getByRole("status"),
    alert: element.getByRole("alert"),
  };
}

async function visit(options: VisitorOptions = {}) {
  const visitor = await newVisitor(browser, options);
  await visitor.page.goto(cluster.entry);
  await formOf(visitor.page).start.waitFor();
  return { ...visitor, form: formOf(visitor.page) };
}

/** A page of a host application that says nothing but what stands in the element's attributes. */
async function openHost(page: Page, element: string, dir: "ltr" | "rtl" = "ltr"): Promise<void> {
  await page.goto(await hostPage(page.context(), cluster.entry, element, { dir }));
}

async function fetched(page: Page, link: Locator): Promise<{ name: string; text: string }> {
  const arriving = page.waitForEvent("download");
  await link.click();
  const download = await arriving;
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
}

const today = () => new Date().toISOString().slice(0, 10);

test("format, columns and filters are those of the file, and chosen again after a reload", async () => {
  const { page, context, form, complaints } = await visit();
  await form.format("NDJSON").check();
  await form.start.getByText("Download NDJSON").waitFor();
  await form.country.selectOption({ label: "日本" });
  await form.customer.fill("Ada Łoś");
  await form.checkbox("Paid only").check();
  await form.columns.click();
  assert.match((await form.columns.textContent()) ?? "", /^Columns4 of 5$/);
  await form.checkbox("Paid").uncheck();
  assert.match((await form.columns.textContent()) ?? "", /^Columns3 of 5$/);
  assert.ok(await form.checkbox("Number").isDisabled(), "this one can't be left out");
  await form.start.click();
  const { name, text } = await fetched(page, form.link);
  assert.match(name, /^orders-\d{4}-\d\d-\d\d\.ndjson$/);
  const row = (id: number) => ({ id, customer: "Ada Łoś", country: "JP" });
  assert.deepEqual(
    text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
    [row(1), row(2), row(3)],
  );

  // Its file was fetched, so the form is shown beside it.
  await page.reload();
  await form.start.waitFor();
  assert.equal(await form.format("NDJSON").isChecked(), true);
  assert.equal(await form.country.inputValue(), "JP");
  assert.equal(await form.customer.inputValue(), "Ada Łoś");
  assert.equal(await form.checkbox("Paid only").isChecked(), true);
  await form.columns.click();
  assert.equal(await form.checkbox("Paid").isChecked(), false);
  assert.equal(await form.checkbox("Customer").isChecked(), true);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("requests name the browser's language and time zone, and the columns", async () => {
  const { page, context, form } = await visit({ locale: "de-CH", timezoneId: "Asia/Tokyo" });
  const asked = page.waitForRequest((request) => request.method() === "POST");
  await form.start.click();
  assert.deepEqual((await asked).postDataJSON(), {
    kind: "orders.csv",
    slot: "default",
    params: {
      locale: "de-CH",
      timeZone: "Asia/Tokyo",
      columns: ["id", "customer", "country", "paid"],
      pace: 0,
      paid: false,
    },
  });
  await form.link.waitFor();
  await context.close();
});

test("a running export has the place of the form, which comes back with what was chosen", async () => {
  const { page, context, form } = await visit();
  await form.pace.fill("60000");
  await form.customer.fill("Grace");
  await form.start.click();
  await form.panel.waitFor();
  assert.equal(await form.start.isVisible(), false);
  assert.equal(await form.panel.locator("[part~=title]").textContent(), "Generating downloadable file");
  await form.element.getByRole("button", { name: "Cancel" }).click();
  await form.start.waitFor();
  assert.equal(await form.customer.inputValue(), "Grace");
  await form.pace.fill("0");
  await form.start.click();
  await form.again.click();
  assert.equal(await form.panel.locator("[part~=title]").textContent(), "Your file is ready");
  await form.customer.fill("Barbara");
  await form.start.click();
  const { text } = await fetched(page, form.link);
  assert.match(text, /^1,Barbara,/m);
  await context.close();
});

test("what the server refuses stands at its field, which has the focus", async () => {
  const { context, form } = await visit({ tolerates: REFUSED });
  const customer = form.customer;
  await customer.fill("Nobody");
  await form.start.click();
  const mistake = form.element.locator("[part~=mistake]:visible");
  await mistake.waitFor();
  assert.equal(await mistake.textContent(), "there is no such customer");
  assert.equal(await customer.getAttribute("aria-invalid"), "true");
  assert.ok(
    (await customer.getAttribute("aria-describedby"))
      ?.split(" ")
      .includes((await mistake.getAttribute("id"))!),
  );
  assert.equal(
    await customer.evaluate((input) => (input.getRootNode() as ShadowRoot).activeElement === input),
    true,
  );
  assert.match(
    (await form.alert.textContent()) ?? "",
    /^The download could not be started\. .*no such customer/,
  );
  assert.equal(
    await form.element
      .locator("[part~=refused]")
      .textContent()
      .then((text) => text?.replace(/\s+/g, " ")),
    "The download could not be started. Check the marked fields.",
  );
  await customer.fill("Somebody");
  assert.equal(await mistake.count(), 0, "it is corrected");
  assert.equal(await customer.getAttribute("aria-invalid"), null);
  await form.start.click();
  await form.link.waitFor();
  await context.close();
});

test("all columns and none; choosing none is reported at the columns, which unfold", async () => {
  const { page, context, form } = await visit({ tolerates: REFUSED });
  await page.route("**/downloads", async (route) => {
    const error = { path: "columns", message: "expected at least one column, not none" };
    const json = { code: "invalid-parameters", detail: error.message, errors: [error] };
    await route.fulfill({ status: 422, json });
  });
  await form.columns.click();
  await form.element.getByRole("button", { name: "None", exact: true }).click();
  assert.match((await form.columns.textContent()) ?? "", /1 of 5$/, "one can't be left out");
  await form.element.getByRole("button", { name: "All", exact: true }).click();
  assert.match((await form.columns.textContent()) ?? "", /5 of 5$/);
  await form.columns.click();
  await form.start.click();
  await form.element.locator("[part~=mistake]").getByText("Choose at least one.").waitFor();
  await form.checkbox("Customer").waitFor();
  const focused = await form
    .checkbox("Customer")
    .evaluate((box) => (box.getRootNode() as ShadowRoot).activeElement === box);
  assert.ok(focused);
  await context.close();
});

test("the browser checks what it can: nothing is sent", async () => {
  const { page, context, form } = await visit();
  const posts: string[] = [];
  page.on("request", (request) => request.method() === "POST" && posts.push(request.url()));
  await form.pace.fill("-1");
  await form.start.click();
  const focused = await form.pace.evaluate(
    (input) => (input.getRootNode() as ShadowRoot).activeElement === input,
  );
  assert.ok(focused);
  assert.deepEqual(posts, []);
  await context.close();
});

test("everything works by keyboard alone, and focus is never lost", async () => {
  const { page, context, form } = await visit();
  const focused = () =>
    page.evaluate(() => {
      const active = document.activeElement?.shadowRoot?.activeElement;
      return active?.getAttribute("name") || active?.getAttribute("part") || active?.localName;
    });
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  await press("Tab");
  assert.equal(await focused(), "kind");
  await press("ArrowRight");
  await form.start.getByText("Download NDJSON").waitFor();
  await press("Tab");
  assert.equal(await focused(), "params.country");
  await press("s");
  assert.equal(await form.country.inputValue(), "CH");
  await press("Tab");
  await page.keyboard.type("Ada");
  assert.equal(await form.customer.inputValue(), "Ada");
  await form.columns.focus();
  await press("Enter", "Tab", "Tab", "Tab", "Space");
  assert.equal(await form.checkbox("Customer").isChecked(), false);
  await form.start.focus();
  await press("Enter");
  await form.link.waitFor();
  assert.match((await focused()) ?? "", /^panel/);
  assert.match((await form.status.textContent()) ?? "", /^Your file is ready/);
  await form.again.focus();
  await press("Enter");
  await eventually("the form has the focus", async () => (await focused()) === "kind");
  assert.equal(await form.format("NDJSON").evaluate((radio) => radio.matches(":focus")), true);
  await form.element.getByRole("button", { name: "Dismiss" }).focus();
  await press("Enter");
  await form.panel.waitFor({ state: "detached" });
  assert.equal(await focused(), "button");
  await context.close();
});

test("without JavaScript the form does the same", async () => {
  const { page, context } = await newVisitor(browser, { javaScriptEnabled: false });
  await page.goto(cluster.entry);
  const form = formOf(page);
  await form.element.getByText("NDJSON", { exact: true }).click();
  await form.customer.fill("Ada");
  await form.checkbox("Paid only").check();
  await form.columns.click();
  await form.checkbox("Country").uncheck();
  await form.element.getByRole("button", { name: "Download CSV" }).click();
  await eventually("the link", async () => {
    await page.goto(cluster.entry);
    return (await form.link.count()) === 1;
  });
  const { name, text } = await fetched(page, form.link);
  assert.equal(name, `orders-${today()}.ndjson`);
  assert.deepEqual(JSON.parse(text.split("\n")[0]!), { id: 1, customer: "Ada", paid: true });

  await form.element.getByText("New export").click();
  await form.customer.fill("Nobody");
  await form.element.getByRole("button", { name: "Download CSV" }).click();
  await form.element.getByRole("alert").getByText("(invalid-parameters)").waitFor();
  await context.close();
});

test("what was typed before the script came stays, and nothing moves", async () => {
  const { page, context } = await newVisitor(browser);
  let release = () => {};
  const typed = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/elements.js", async (route) => {
    await typed;
    await route.continue();
  });
  await page.goto(cluster.entry, { waitUntil: "commit" });
  const form = formOf(page);
  const customer = form.customer;
  await customer.fill("Early");
  const box = () => page.locator("carryout-export").boundingBox();
  const before = await box();
  release();
  await form.form.waitFor();
  assert.equal(await customer.inputValue(), "Early");
  assert.deepEqual(await box(), before);
  await context.close();
});

test("without a server's form the element asks the API; an unknown kind is reported in the console", async () => {
  const { page, context } = await newVisitor(browser, { tolerates: /unknown export/ });
  const errors: string[] = [];
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  const values = `{"country":"EG","customer":"Given"}`;
  await openHost(
    page,
    `<carryout-export kind="orders" format="ndjson" values='${values}'></carryout-export>`,
    "rtl",
  );
  const form = formOf(page);
  await form.start.getByText("Download NDJSON").waitFor();
  assert.equal(await form.country.inputValue(), "EG");
  await page.evaluate(() => {
    const element = document.querySelector("carryout-export") as HTMLElement & { values: unknown };
    element.values = { country: "CH" };
  });
  await eventually("the page's new value", async () => (await form.country.inputValue()) === "CH");
  await openHost(page, `<carryout-export kind="bills"></carryout-export>`);
  await form.element.getByText("The form could not be loaded.").waitFor();
  await eventually("the console's error", async () =>
    /unknown export "bills" \(available: orders\)/.test(errors.join()),
  );
  await context.close();
});

test("what the page gives is chosen in place of what is remembered", async () => {
  const { page, context, form } = await visit();
  await form.customer.fill("Mine");
  await form.country.selectOption("JP");
  await form.start.click();
  await form.link.waitFor();
  await openHost(
    page,
    `<carryout-export kind="orders" slot-name="b" values='{"country":"CH"}'></carryout-export>`,
  );
  await form.start.waitFor();
  assert.equal(await form.country.inputValue(), "CH");
  assert.equal(await form.customer.inputValue(), "Mine");
  await form.start.click();
  await form.link.waitFor();
  await page.goto(cluster.entry);
  await form.again.click();
  assert.equal(await form.country.inputValue(), "JP", "the page's choice is not the user's");
  await context.close();
});

for (const width of [240, 320, 1200]) {
  test(`at ${width} px nothing is cut off`, async () => {
    const { page, context, form } = await visit({ viewport: { width, height: 900 } });
    await form.columns.click();
    const { tooWide, cut } = await page.evaluate(() => {
      const root = document.querySelector("carryout-export")!.shadowRoot!;
      return {
        tooWide: document.documentElement.scrollWidth - innerWidth,
        cut: [...root.querySelectorAll<HTMLElement>("label, button, legend, p")]
          .filter((box) => !box.matches(".co-heard, legend") && box.scrollWidth > box.clientWidth + 1)
          .map((box) => box.textContent),
      };
    });
    assert.deepEqual([tooWide, cut], [0, []]);
    await context.close();
  });
}
