/** @module Shows the percentage in the document's title while a download runs, for users on another tab. */

import type { DownloadStore } from "../client/download-store.ts";
import type { DownloadView } from "../client/download-view.ts";
import { percentage } from "../client/format.ts";
import { isUnfinished } from "../client/public-download.ts";
import { type Language, soFar } from "./describe.ts";
import { fill } from "./words.ts";

const watched = new WeakSet<DownloadStore>();

/** The percentage, or the amount so far while there is no total. */
function howFar(view: DownloadView, { words, locale }: Language): string {
  return view.percent === null ? soFar(view, words, locale) : percentage(view.percent, locale);
}

/** Keeps the title up to date; once per store. The word `documentTitle` is its template; empty leaves it alone. */
export function keepTitle(store: DownloadStore, language: Language): void {
  const template = language.words.documentTitle;
  if (watched.has(store) || template === "") return;
  watched.add(store);
  let own = document.title;
  let shown: string | null = null;
  store.subscribe(() => {
    // Other code, such as a router, has set a new title meanwhile: that is the one to restore.
    if (document.title !== shown) own = document.title;
    const running = store.downloads.find(
      (view) => isUnfinished(view) && (view.percent !== null || view.progress.done > 0),
    );
    const next = running ? fill(template, { percent: howFar(running, language), title: own }) : own;
    shown = running ? next : null;
    if (document.title !== next) document.title = next;
  });
}
