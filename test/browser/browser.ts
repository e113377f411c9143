/** @module One Chromium per test file, and helpers to interact with its pages. */

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type LaunchOptions,
  type Locator,
  type Page,
} from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Hosts that are not loopback names: without TLS their pages have no secure context.
  "--host-resolver-rules=MAP *.test 127.0.0.1",
];

export function openBrowser(): Promise<Browser> {
  return chromium.launch(launchOptions());
}

export function launchOptions(): LaunchOptions {
  return { executablePath: findChromium(), headless: true, args: ARGUMENTS };
}

function findChromium(): string {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const paths = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const path = [process.env.CHROMIUM, ...paths].find((candidate) => candidate && existsSync(candidate));
  if (path) return path;
  throw new Error("no Chromium on the PATH: npm run setup -- --test says how to get one, or set CHROMIUM");
}

/** A page of a new visitor, and every error on its console. */
export async function newVisitor(browser: Browser, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ locale: "en-GB", ...options });
  const complaints: string[] = [];
  context.on("weberror", (error) => complaints.push(String(error.error())));
  return { context, page: await context.newPage(), complaints };
}

/** The parts of the element that starts a download: of the example's form, or of a button. */
export function panelOf(page: Page, name: "carryout-export" | "carryout-button" = "carryout-export") {
  const element = page.locator(name);
  const part = (name: string): Locator => element.locator(`[part~="${name}"]`);
  return {
    element,
    start: part("button"),
    panel: part("panel"),
    title: part("title"),
    line: part("line"),
    percent: part("percent"),
    bar: part("bar"),
    link: part("link"),
    cancel: part("cancel"),
    dismiss: part("dismiss"),
    retry: part("retry"),
    refused: part("refused"),
    choose: (name: string) => element.getByRole("radio", { name }),
    /** The last text announced to screen readers. */
    status: element.getByRole("status"),
    alert: element.getByRole("alert"),
  };
}

/** The percentage shown, or 0. */
export async function shownPercent(page: Page): Promise<number> {
  const texts = await panelOf(page).percent.allTextContents();
  return Number.parseInt(texts[0] ?? "", 10) || 0;
}
