/** @module The one store of a page for an API, with its event stream running while the page is in use. */

import { DownloadStore } from "./download-store.ts";
import { type DownloadsApi, downloadsApi, type StartOutcome } from "./downloads-api.ts";
import { introduce } from "./introduction.ts";
import type { Problem } from "./problem.ts";
import { SharedStream } from "./shared-stream.ts";
import { type TabMemory, tabMemory } from "./tab-memory.ts";
import { browserTiming } from "./timing.ts";

export interface PageDownloadsOptions {
  /** Where the API is: "/downloads". */
  base: string;
  /** Tabs whose texts differ share no stream. */
  session: string;
  /** In place of the global one. */
  fetch?: typeof fetch | undefined;
  /** Whether there is a page to keep up to date. */
  live: boolean;
}

/** A store and the number of its live users. */
export class PageDownloads {
  readonly store: DownloadStore;
  readonly api: DownloadsApi;
  readonly #options: PageDownloadsOptions;
  readonly #stream: SharedStream;
  #introduction: Promise<Problem | null> | null = null;
  #users = 0;

  constructor(options: PageDownloadsOptions) {
    this.#options = options;
    const { base, session, fetch, live } = options;
    const api = downloadsApi(base, { fetch, onViewer: ({ tag }) => this.#meets(tag) });
    this.api = { ...api, start: (request, key) => this.#asSomebody(() => api.start(request, key)) };
    const memory = (key: string, storage: () => Storage): TabMemory =>
      live && typeof document !== "undefined" ? tabMemory(key, storage) : new Map<string, string>();
    const memories = {
      fetched: memory("carryout-fetched", () => sessionStorage),
      asked: memory("carryout-asked", () => localStorage),
    };
    this.store = new DownloadStore(this.api, browserTiming, memories, base);
    this.#stream = new SharedStream({
      url: `${base}/events`,
      session,
      ...(fetch && { fetch }),
      onMessage: (message) => this.store.apply(message),
      onStatus: (status) => this.store.setConnection(status),
      onViewer: (tag) => this.store.viewerIs(tag),
      silenceMs: () => this.store.silenceMs(),
      isBusy: () => this.store.isBusy(),
    });
    let silenceMs = this.store.silenceMs();
    this.store.subscribe(() => {
      const before = silenceMs;
      silenceMs = this.store.silenceMs();
      if (silenceMs < before) this.#stream.recheck();
    });
  }

  /** Sends it once the browser has a user id; parallel first requests wait for the same answer. */
  async #asSomebody(send: () => Promise<StartOutcome>): Promise<StartOutcome> {
    if (!this.store.viewer) {
      this.#introduction ??= this.#introduce().finally(() => {
        this.#introduction = null;
      });
      const problem = await this.#introduction;
      if (problem) return { type: "refused", problem };
    }
    return send();
  }

  async #introduce(): Promise<Problem | null> {
    const { base, fetch: send = fetch } = this.#options;
    const answer = await Promise.race([introduce(base, send), this.#viewerIsKnown()]);
    if (answer === null || answer.type === "unknown") return null;
    if (answer.type === "refused") return answer.problem;
    this.store.viewerIs(answer.tag);
    if (answer.isNew) this.#stream.renew();
    return null;
  }

  /** Resolves when the stream has said who the viewer is. */
  #viewerIsKnown(): Promise<null> {
    return new Promise((resolve) => {
      const unsubscribe = this.store.subscribe(() => {
        if (!this.store.viewer) return;
        unsubscribe();
        resolve(null);
      });
    });
  }

  /** An answer was for a different user, so the page belongs to that user from now on. */
  #meets(tag: string | null): void {
    if (tag === this.store.viewer) return;
    this.store.viewerIs(tag);
    this.#stream.renew();
  }

  /** Keeps the stream open until the returned function is called. Without a page there is none. */
  use(): () => void {
    if (!this.#options.live) return () => {};
    this.#users += 1;
    if (this.#users === 1) this.#start();
    let used = true;
    return () => {
      if (!used) return;
      used = false;
      this.#users -= 1;
      // An element that is moved in the document is removed and reinserted within one task.
      queueMicrotask(() => {
        if (this.#users === 0) this.#stop();
      });
    };
  }

  #start(): void {
    this.#stream.start();
    if (typeof addEventListener === "function") addEventListener("pagehide", this.#forget);
  }

  #stop(): void {
    if (typeof removeEventListener === "function") removeEventListener("pagehide", this.#forget);
    this.#stream.stop();
  }

  /** A page restored by the back button may belong to another user now. */
  readonly #forget = ({ persisted }: PageTransitionEvent) => persisted && this.store.clear();
}

/** This package's version: stores of another one may be different. Equal to the one in package.json. */
export const CLIENT_VERSION = "0.1.0";

const PAGES = Symbol.for(`carryout.pages ${CLIENT_VERSION}`);

/** Found by all copies of this module: the elements and the application's bundle may each have one. */
function pages(): Map<string, PageDownloads> {
  const shared = globalThis as { [PAGES]?: Map<string, PageDownloads> };
  shared[PAGES] ??= new Map();
  return shared[PAGES];
}

/**
 * The downloads behind `base` ("/downloads"), for the whole page. Tabs share a stream when the text of
 * `<meta name="carryout-session">` is the same in both; set it where several people sign in on one browser.
 */
export function pageDownloads(base: string, session: string = pageSession()): PageDownloads {
  const key = JSON.stringify([base, session]);
  const known = pages().get(key);
  if (known) return known;
  const page = new PageDownloads({ base, session, live: true });
  pages().set(key, page);
  return page;
}

export function pageSession(): string {
  if (typeof document === "undefined") return "";
  return document.querySelector<HTMLMetaElement>('meta[name="carryout-session"]')?.content ?? "";
}
