/** @module The percent in the document's title while a download runs, for those who look at another tab. */

import type { DownloadStore } from "../client/download-store.ts";
import { pageLocale, percentage } from "../client/format.ts";
import { isUnfinished } from "../client/public-download.ts";
import { fill } from "./words.ts";

const watched = new WeakSet<DownloadStore>();

/** Begins to keep the title; once per store. `template` is the word `documentTitle`; empty leaves the title alone. */
export function keepTitle(store: DownloadStore, template: string): void {
  if (watched.has(store) || template === "") return;
  watched.add(store);
  let own = document.title;
  let shown: string | null = null;
  store.subscribe(() => {
    // Somebody else, a router perhaps, has set a new title meanwhile: that is the one to restore.
    if (document.title !== shown) own = document.title;
    const running = store.downloads.find((view) => isUnfinished(view) && view.percent !== null);
    const next = running
      ? fill(template, { percent: percentage(running.percent ?? 0, pageLocale()), title: own })
      : own;
    shown = running ? next : null;
    if (document.title !== next) document.title = next;
  });
}
