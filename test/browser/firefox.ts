/** @module An unmodified Firefox, driven by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/). */

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { FIREFOX, findProgram } from "../../scripts/system-programs.mjs";
import { eventually } from "../support/real-cluster.ts";

/** The program's path, or null. */
export function findFirefox(): string | null {
  return process.env.FIREFOX ?? findProgram(...FIREFOX.names);
}

interface Message {
  id?: number;
  type: "success" | "error" | "event";
  method?: string;
  params?: Record<string, unknown>;
  result?: unknown;
  message?: string;
}

/** The keys of actions that are no characters. */
const KEYS = {
  Enter: "\uE007",
  Space: " ",
  ArrowRight: "\uE014",
} as const;

export class Firefox {
  /** Where files are saved. */
  readonly downloads: string;
  readonly #child: ChildProcess;
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  /** By context: the URLs that its page requested, and the errors on its console. */
  readonly #requests = new Map<string, string[]>();
  readonly #errors = new Map<string, string[]>();
  #last = 0;

  private constructor(downloads: string, child: ChildProcess, socket: WebSocket) {
    this.downloads = downloads;
    this.#child = child;
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(String(data)));
  }

  static async open(): Promise<Firefox> {
    const program = findFirefox();
    if (program === null) throw new Error("no Firefox on the PATH: npm run setup -- --test, or set FIREFOX");
    const profile = await mkdtemp(join(tmpdir(), "carryout-firefox-"));
    await writeFile(join(profile, "user.js"), settings(profile));
    const words = ["--headless", "--no-remote", "--remote-debugging-port=0", "--profile", profile];
    const child = spawn(program, words, {
      env: { ...process.env, HOME: profile, MOZ_CRASHREPORTER_DISABLE: "1" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const socket = new WebSocket(`${await endpointOf(child)}/session`);
    await once(socket, "open");
    const firefox = new Firefox(profile, child, socket);
    await firefox.send("session.new", { capabilities: {} });
    await firefox.send("session.subscribe", { events: ["log.entryAdded", "network.beforeRequestSent"] });
    return firefox;
  }

  /** A visitor's first tab: cookies and storage are its own. */
  async newVisitor(): Promise<FirefoxTab> {
    const { userContext } = (await this.send("browser.createUserContext", {})) as { userContext: string };
    return this.newTab(userContext);
  }

  async newTab(userContext: string): Promise<FirefoxTab> {
    const made = await this.send("browsingContext.create", { type: "tab", userContext });
    return new FirefoxTab(this, userContext, (made as { context: string }).context);
  }

  send(method: string, params: object): Promise<unknown> {
    this.#last += 1;
    const id = this.#last;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject }));
  }

  requestsOf(context: string): readonly string[] {
    return this.#requests.get(context) ?? [];
  }

  errorsOf(context: string): readonly string[] {
    return this.#errors.get(context) ?? [];
  }

  async close(): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL"); // its profile is thrown away: there is nothing to save
    await exited;
    await rm(this.downloads, { recursive: true, force: true, maxRetries: 5 });
  }

  #hear({ id, type, method, params, result, message }: Message): void {
    if (type !== "event") {
      const answer = this.#answers.get(id ?? -1);
      this.#answers.delete(id ?? -1);
      if (type === "success") answer?.resolve(result);
      else answer?.reject(new Error(`Firefox: ${message}`));
    } else if (method === "network.beforeRequestSent") {
      const { context, request } = params as { context: string; request: { url: string } };
      push(this.#requests, context, request.url);
    } else if (method === "log.entryAdded") {
      const { level, text, source } = params as {
        level: string;
        text: string;
        source: { context?: string };
      };
      if (level === "error") push(this.#errors, source.context ?? "", text);
    }
  }
}

export class FirefoxTab {
  readonly #firefox: Firefox;
  readonly #visitor: string;
  readonly #context: string;

  constructor(firefox: Firefox, visitor: string, context: string) {
    this.#firefox = firefox;
    this.#visitor = visitor;
    this.#context = context;
  }

  /** Another tab of the same visitor. */
  sibling(): Promise<FirefoxTab> {
    return this.#firefox.newTab(this.#visitor);
  }

  async goto(url: string): Promise<void> {
    await this.#send("browsingContext.navigate", { url, wait: "complete" });
  }

  async reload(): Promise<void> {
    await this.#send("browsingContext.reload", { wait: "complete" });
  }

  /** Steps through the history of the tab: -1 for the page before. */
  async traverse(delta: number): Promise<void> {
    await this.#send("browsingContext.traverseHistory", { delta });
  }

  /** Runs it in the page; parameters and result are JSON. */
  async evaluate<Given extends unknown[], Result>(
    run: (...given: Given) => Result | Promise<Result>,
    ...given: Given
  ): Promise<Result> {
    const answer = (await this.#send("script.callFunction", {
      functionDeclaration: `async (given) => JSON.stringify((await (${run})(...JSON.parse(given))) ?? null)`,
      arguments: [{ type: "string", value: JSON.stringify(given) }],
      target: { context: this.#context },
      awaitPromise: true,
    })) as { type: string; result?: { value: string }; exceptionDetails?: { text: string } };
    if (answer.type !== "success") throw new Error(`in the page: ${answer.exceptionDetails?.text}`);
    return JSON.parse(answer.result?.value ?? "null");
  }

  /** The text of the first such piece of the form's element, or null. */
  text(part: string): Promise<string | null> {
    return this.evaluate((part) => {
      const root = document.querySelector("carryout-export")?.shadowRoot;
      return root?.querySelector(`[part~="${part}"]`)?.textContent?.trim() ?? null;
    }, part);
  }

  /** Resolves with the text once it matches. */
  reads(part: string, pattern: RegExp): Promise<string> {
    return eventually(`${part} reads ${pattern}`, async () => {
      const text = await this.text(part);
      return text !== null && pattern.test(text) && text;
    });
  }

  /** Resolves with the shown percentage once it is at least this. */
  reaches(percent: number): Promise<number> {
    return eventually(`${percent} %`, async () => {
      const shown = Number.parseInt((await this.text("percent")) ?? "", 10);
      return shown >= percent && shown;
    });
  }

  /** Clicks it, once it is there. */
  async click(part: string): Promise<void> {
    await this.reads(part, /./);
    await this.evaluate((part) => {
      const root = document.querySelector("carryout-export")?.shadowRoot;
      root?.querySelector<HTMLElement>(`[part~="${part}"]`)?.click();
    }, part);
  }

  async focus(selector: string): Promise<void> {
    await this.evaluate((selector) => {
      const root = document.querySelector("carryout-export")?.shadowRoot;
      root?.querySelector<HTMLElement>(selector)?.focus();
    }, selector);
  }

  async press(key: keyof typeof KEYS): Promise<void> {
    const value = KEYS[key];
    const actions = [
      { type: "keyDown", value },
      { type: "keyUp", value },
    ];
    await this.#send("input.performActions", { actions: [{ type: "key", id: "keyboard", actions }] });
  }

  /** The URLs of its requests so far. */
  get requests(): readonly string[] {
    return this.#firefox.requestsOf(this.#context);
  }

  /** Closes it; fails if its pages asked anybody but this host, or wrote errors that are not tolerated. */
  async close({ tolerates }: { tolerates?: RegExp } = {}): Promise<void> {
    await this.#send("browsingContext.close", {});
    const strangers = this.requests.filter((url) => !/^(?:http:\/\/127\.0\.0\.1[:/]|data:|about:)/.test(url));
    const errors = this.#firefox.errorsOf(this.#context).filter((text) => !tolerates?.test(text));
    assert.deepEqual({ strangers, errors }, { strangers: [], errors: [] });
  }

  #send(method: string, params: object): Promise<unknown> {
    const target = method.startsWith("script.") ? {} : { context: this.#context };
    return this.#firefox.send(method, { ...target, ...params });
  }
}

function push(lists: Map<string, string[]>, key: string, text: string): void {
  const list = lists.get(key) ?? [];
  list.push(text);
  lists.set(key, list);
}

/** The address that it prints when it is ready. */
async function endpointOf(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stderr! })) {
    const [, endpoint] = /WebDriver BiDi listening on (ws:\S+)/.exec(line) ?? [];
    if (endpoint !== undefined) {
      child.stderr!.resume();
      return endpoint;
    }
  }
  throw new Error(`Firefox ended with ${child.exitCode ?? child.signalCode}`);
}

/** Saves files without asking, and asks nobody for anything of its own. */
function settings(downloads: string): string {
  const prefs = {
    "browser.download.folderList": 2,
    "browser.download.dir": downloads,
    "browser.download.useDownloadDir": true,
    "browser.download.always_ask_before_handling_new_types": false,
    "browser.shell.checkDefaultBrowser": false,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": false,
    "app.update.disabledForTesting": true,
    "network.captive-portal-service.enabled": false,
    "network.connectivity-service.enabled": false,
    "intl.locale.requested": "en-GB",
  };
  return Object.entries(prefs)
    .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`)
    .join("\n");
}
