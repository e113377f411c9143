/** @module An unmodified Firefox, driven by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/). */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { FIREFOX, findProgram } from "../../scripts/system-programs.mjs";
import { FirefoxTab } from "./firefox-tab.ts";

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

  /** `preferences` beyond those of all tests, by their names in about:config. */
  static async open(preferences: Readonly<Record<string, boolean>> = {}): Promise<Firefox> {
    const program = findFirefox();
    if (program === null) throw new Error("no Firefox on the PATH: npm run setup -- --test, or set FIREFOX");
    const profile = await mkdtemp(join(tmpdir(), "carryout-firefox-"));
    await writeFile(join(profile, "user.js"), settings(profile, preferences));
    const words = [
      "--headless",
      "--no-remote",
      "--remote-allow-system-access",
      "--remote-debugging-port=0",
      "--profile",
      profile,
    ];
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

  /** Tries failed downloads again, as the button beside one in the list of downloads does; resolves with how many. */
  async retryDownloads(): Promise<number> {
    const { contexts } = (await this.send("browsingContext.getTree", { "moz:scope": "chrome" })) as {
      contexts: { context: string }[];
    };
    const answer = (await this.send("script.evaluate", {
      expression: `(${retryFailed})()`,
      target: { context: contexts[0]!.context },
      awaitPromise: true,
    })) as { result: { value: number } };
    return answer.result.value;
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

/** Runs in the browser's own window. */
async function retryFailed(): Promise<number> {
  const modules = (
    globalThis as unknown as { ChromeUtils: { importESModule(url: string): { Downloads: Downloads } } }
  ).ChromeUtils;
  const { Downloads } = modules.importESModule("resource://gre/modules/Downloads.sys.mjs");
  const all = await (await Downloads.getList(Downloads.ALL)).getAll();
  const failed = all.filter(({ error }) => error !== null);
  for (const download of failed) void download.start().catch(() => {});
  return failed.length;
}

interface Downloads {
  readonly ALL: string;
  getList(which: string): Promise<{ getAll(): Promise<{ error: unknown; start(): Promise<void> }[]> }>;
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
function settings(downloads: string, preferences: Readonly<Record<string, boolean>>): string {
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
    ...preferences,
  };
  return Object.entries(prefs)
    .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`)
    .join("\n");
}
