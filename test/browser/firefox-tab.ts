/** @module One tab of Firefox. */

import assert from "node:assert/strict";
import { eventually } from "../support/real-cluster.ts";
import type { Firefox } from "./firefox.ts";

/** The keys of actions that are no characters. */
const KEYS = {
  Enter: "\uE007",
  Space: " ",
  ArrowRight: "\uE014",
} as const;

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

  /** Loses the network, and gets it back. */
  async setOffline(isOffline: boolean): Promise<void> {
    const networkConditions = isOffline ? { type: "offline" } : null;
    await this.#firefox.send("emulation.setNetworkConditions", {
      networkConditions,
      contexts: [this.#context],
    });
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

  /** Chooses this format in the form. */
  async choose(name: string): Promise<void> {
    await this.reads("button", /./);
    await this.evaluate((name) => {
      const root = document.querySelector("carryout-export")?.shadowRoot;
      const labels = [...(root?.querySelectorAll<HTMLElement>("label") ?? [])];
      labels.find((label) => label.textContent?.includes(name))?.click();
    }, name);
  }

  /** Where there are no scripts: the first such element outside of shadow trees, or null. */
  async find(selector: string): Promise<{ sharedId: string } | null> {
    const { nodes } = (await this.#send("browsingContext.locateNodes", {
      locator: { type: "css", value: selector },
      maxNodeCount: 1,
    })) as { nodes: { sharedId: string }[] };
    return nodes[0] ?? null;
  }

  /** Clicks it with the pointer, once it is there. Its page has to fit into the window. */
  async point(selector: string): Promise<void> {
    const element = await eventually(`${selector} is there`, () => this.find(selector));
    const actions = [
      { type: "pointerMove", x: 0, y: 0, origin: { type: "element", element } },
      { type: "pointerDown", button: 0 },
      { type: "pointerUp", button: 0 },
    ];
    await this.#send("input.performActions", { actions: [{ type: "pointer", id: "mouse", actions }] });
  }

  async setViewport(width: number, height: number): Promise<void> {
    await this.#send("browsingContext.setViewport", { viewport: { width, height } });
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
