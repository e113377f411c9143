/** @module The one store of a page for an API, with its event stream running while the page is in use. */

import { DownloadStore } from "./download-store.ts";
import { type DownloadsApi, downloadsApi, type StartOutcome } from "./downloads-api.ts";
import { introduce } from "./introduction.ts";
import type { Problem } from "./problem.ts";
import { SharedStream } from "./shared-stream.ts";
import { tabMemory } from "./tab-memory.ts";
import { browserTiming } from "./timing.ts";

/** A store and the number of its live users. */
export class PageDownloads {
  readonly store: DownloadStore;
  readonly #base: string;
  readonly #stream: SharedStream;
  #introduction: Promise<Problem | null> | null = null;
  #users = 0;

  constructor(base: string, session: string) {
    this.#base = base;
    const api = downloadsApi(base, { onViewer: ({ tag }) => this.#meets(tag) });
    const introduced: DownloadsApi = {
      ...api,
      start: (request) => this.#asSomebody(() => api.start(request)),
    };
    this.store = new DownloadStore(introduced, browserTiming, {
      fetched: tabMemory("carryout-fetched", () => sessionStorage),
      asked: tabMemory("carryout-asked", () => localStorage),
    });
    this.#stream = new SharedStream({
      url: `${base}/events`,
      session,
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
    // A page restored by the back button may belong to another user now.
    addEventListener("pagehide", ({ persisted }) => persisted && this.store.clear());
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
    const answer = await Promise.race([introduce(this.#base, fetch), this.#viewerIsKnown()]);
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

  /** Keeps the stream open until the returned function is called. */
  use(): () => void {
    this.#users += 1;
    if (this.#users === 1) this.#stream.start();
    let used = true;
    return () => {
      if (!used) return;
      used = false;
      this.#users -= 1;
      // An element that is moved in the document is removed and reinserted within one task.
      queueMicrotask(() => {
        if (this.#users === 0) this.#stream.stop();
      });
    };
  }
}

const pages = new Map<string, PageDownloads>();

/**
 * The downloads behind `base` ("/downloads"). Tabs share a stream when the text of
 * `<meta name="carryout-session">` is the same in both; set it where several people sign in on one browser.
 */
export function pageDownloads(base: string): PageDownloads {
  let page = pages.get(base);
  if (!page) {
    const session = document.querySelector<HTMLMetaElement>('meta[name="carryout-session"]')?.content ?? "";
    page = new PageDownloads(base, session);
    pages.set(base, page);
  }
  return page;
}
