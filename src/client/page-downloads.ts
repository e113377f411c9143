/** @module The one store of a page for an API, with its event stream running while somebody looks. */

import { DownloadStore, type Memory } from "./download-store.ts";
import { type DownloadsApi, downloadsApi } from "./downloads-api.ts";
import { type DownloadStream, openDownloadStream } from "./shared-stream.ts";
import { browserTiming } from "./timing.ts";

const LONGEST_WAIT_MS = 1_000;

/** A store and the number of those who need it live. */
export class PageDownloads {
  readonly store: DownloadStore;
  readonly #stream: DownloadStream;
  #users = 0;

  constructor(base: string, session: string) {
    const api = downloadsApi(base);
    const patientApi: DownloadsApi = {
      ...api,
      start: async (request) => {
        await this.#connected();
        return api.start(request);
      },
    };
    this.store = new DownloadStore(patientApi, browserTiming, sessionMemory("carryout-fetched"));
    this.#stream = openDownloadStream({
      url: `${base}/events`,
      session,
      onMessage: (message) => this.store.apply(message),
      onStatus: (status) => this.store.setConnection(status),
      silenceMs: () => this.store.silenceMs(),
    });
    let silenceMs = this.store.silenceMs();
    this.store.subscribe(() => {
      const before = silenceMs;
      silenceMs = this.store.silenceMs();
      if (silenceMs < before) this.#stream.recheck();
    });
  }

  /**
   * The first answer of the server gives a new visitor a cookie. A request that overtook the stream's would get
   * another one, and the stream would be somebody else's. Waits a second at most: then something else is wrong.
   */
  #connected(): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.store.connection !== "open") return;
        unsubscribe();
        cancel();
        resolve();
      };
      const unsubscribe = this.store.subscribe(look);
      const cancel = browserTiming.after(LONGEST_WAIT_MS, () => {
        unsubscribe();
        resolve();
      });
      look();
    });
  }

  /** Keeps the stream open until the function that it returns is called. */
  use(): () => void {
    this.#users += 1;
    if (this.#users === 1) this.#stream.start();
    let used = true;
    return () => {
      if (!used) return;
      used = false;
      this.#users -= 1;
      // An element that is moved in the document is taken out and put back within one task.
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

/** Lives as long as the tab; forgets everything where storage is forbidden, which costs a click. */
function sessionMemory(key: string): Memory {
  const ids = new Set<string>();
  try {
    for (const id of (sessionStorage.getItem(key) ?? "").split(" ")) ids.add(id);
  } catch {
    return ids;
  }
  return {
    has: (id) => ids.has(id),
    add: (id) => {
      ids.add(id);
      try {
        sessionStorage.setItem(key, [...ids].slice(-50).join(" "));
      } catch {
        // Full or forbidden by now: it is remembered until the next page load.
      }
    },
  };
}
