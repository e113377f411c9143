/** @module A system notification when a file is ready and the page is hidden. Enabled only by a click. */

import type { DownloadStore } from "../client/download-store.ts";
import type { DownloadView } from "../client/download-view.ts";
import { isUnfinished } from "../client/public-download.ts";
import { type Language, nameOf } from "./describe.ts";
import { failureText } from "./failures.ts";

/** One per store. */
export class ReadyNotifier {
  readonly #store: DownloadStore;
  readonly #wanted = new Map<string, Language>();

  private constructor(store: DownloadStore) {
    this.#store = store;
    store.subscribe(() => this.#look());
  }

  static readonly #byStore = new WeakMap<DownloadStore, ReadyNotifier>();

  static of(store: DownloadStore): ReadyNotifier {
    const notifier = ReadyNotifier.#byStore.get(store) ?? new ReadyNotifier(store);
    ReadyNotifier.#byStore.set(store, notifier);
    return notifier;
  }

  /** False if the browser does not support it or the user has declined. */
  get available(): boolean {
    return typeof Notification === "function" && isSecureContext && Notification.permission !== "denied";
  }

  wants(id: string): boolean {
    return this.#wanted.has(id);
  }

  /** Call it in a click handler: the browser may ask the user. True if a notification will be shown. */
  async want(id: string, language: Language): Promise<boolean> {
    if ((await Notification.requestPermission()) !== "granted") return false;
    this.#wanted.set(id, language);
    return true;
  }

  #look(): void {
    for (const view of this.#store.downloads) {
      const language = this.#wanted.get(view.id);
      if (!language || isUnfinished(view)) continue;
      this.#wanted.delete(view.id);
      if (document.hidden) show(view, language);
    }
  }
}

/** The tag makes it a single notification however many tabs are open. */
function show(view: DownloadView, language: Language): void {
  const { words } = language;
  const title = view.state === "ready" ? words.ready : words.failed;
  const name = nameOf(view, language);
  const body = view.state === "ready" ? name : `${name}: ${failureText(view, words)}`;
  try {
    const notification = new Notification(title, { body, tag: view.id });
    notification.onclick = () => {
      window.focus();
      notification.close();
    };
  } catch {
    // Phones have the constructor, and throw in it: they notify through service workers only.
  }
}
