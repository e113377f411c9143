/** @module One browser per test file, and helpers to interact with its pages. */

import assert from "node:assert/strict";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type LaunchOptions,
  type Locator,
  type Page,
  type Request,
} from "playwright-core";
import { CHROMIUM, findProgram } from "../../scripts/system-programs.mjs";
import { eventually } from "../support/real-cluster.ts";

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Otherwise, on small machines, tabs share processes, and would crash or hang together.
  "--renderer-process-limit=64",
  // Hosts that are not loopback names: without TLS their pages have no secure context.
  "--host-resolver-rules=MAP *.test 127.0.0.1",
];

export function openBrowser(options: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({ ...launchOptions(), ...options });
}

export function launchOptions(): LaunchOptions {
  const executablePath = process.env.CHROMIUM ?? findProgram(...CHROMIUM.names);
  if (executablePath) return { executablePath, headless: true, args: ARGUMENTS, timeout: 2 * PATIENCE_MS };
  throw new Error("no Chromium on the PATH: npm run setup -- --test says how to get one, or set CHROMIUM");
}

/** Longest wait for anything on a page: a machine that runs other tests as well may take long. */
const PATIENCE_MS = 60_000;

/** What browsers write to the console when a request is lost. */
export const LOSSES = /^Failed to load resource: net::ERR_|NetworkError/;

export interface VisitorOptions extends BrowserContextOptions {
  /** Errors on the console that the test causes itself. Default: none. */
  tolerates?: RegExp;
}

/**
 * A page of a new visitor, and every error thrown in it. When the context is closed by its test, no page of it may have
 * written an error to its console or sent a request to anybody but the application.
 */
export async function newVisitor(browser: Browser, { tolerates, ...options }: VisitorOptions = {}) {
  const context = await browser.newContext({ locale: "en-GB", ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const complaints: string[] = [];
  context.on("weberror", (error) => complaints.push(String(error.error())));
  const strangers = strangersOf(context);
  const errors = errorsOf(context, tolerates);
  const close = context.close.bind(context);
  context.close = async (...given) => {
    await close(...given);
    assert.deepEqual({ strangers, errors }, { strangers: [], errors: [] });
  };
  return { context, page: await context.newPage(), complaints };
}

/** Requests to other hosts than those of the tests. */
function strangersOf(context: BrowserContext): string[] {
  const found: string[] = [];
  context.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    const isOwn = hostname === "127.0.0.1" || hostname.endsWith(".test");
    if (protocol.startsWith("http") && !isOwn) found.push(request.url());
  });
  return found;
}

function errorsOf(context: BrowserContext, tolerated: RegExp | undefined): string[] {
  const found: string[] = [];
  context.on("console", (message) => {
    if (message.type() !== "error" || tolerated?.test(message.text())) return;
    found.push(`${message.text()} (${message.location().url})`);
  });
  return found;
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
  const percents = page.locator(":is(carryout-export, carryout-button) [part~=percent]");
  const texts = await percents.allTextContents();
  return Number.parseInt(texts[0] ?? "", 10) || 0;
}

/** Resolves with the percentage once it is at least this. */
export function reaches(page: Page, percent: number): Promise<number> {
  return eventually(`${percent} % on the page`, async () => {
    const shown = await shownPercent(page);
    return shown >= percent && shown;
  });
}

/** Counts the event streams that pages of this browser open. */
export function countStreams(context: BrowserContext): () => number {
  let streams = 0;
  context.on("request", (request) => {
    if (request.url().endsWith("/downloads/events")) streams++;
  });
  return () => streams;
}

/** How many event streams of these pages are open. */
export function openStreams(context: BrowserContext): () => number {
  const open = new Map<Request, Page>();
  context.on("request", (request) => {
    if (request.url().endsWith("/downloads/events")) open.set(request, request.frame().page());
  });
  context.on("requestfinished", (request) => open.delete(request));
  context.on("requestfailed", (request) => open.delete(request));
  return () => [...open.values()].filter((page) => !page.isClosed()).length;
}

/** Tells a page that the browser will freeze it, or that it runs again: a driven browser keeps all pages visible. */
export function tell(page: Page, event: "freeze" | "resume"): Promise<boolean> {
  return page.evaluate((name) => document.dispatchEvent(new Event(name)), event);
}

/** Lets a host application of the same origin have a page with this content from now on; returns its URL. */
export async function hostPage(
  context: BrowserContext,
  origin: string,
  content: string,
  { headers = {}, dir = "ltr" }: { headers?: Record<string, string>; dir?: "ltr" | "rtl" } = {},
): Promise<string> {
  const body = `<!doctype html><html lang="en" dir="${dir}"><title>Host</title><link rel="icon" href="data:,">
    <script type="module" src="/carryout/elements.js"></script><body>${content}`;
  await context.route("**/host-page", (route) => route.fulfill({ body, headers, contentType: "text/html" }));
  return `${origin}/host-page`;
}
