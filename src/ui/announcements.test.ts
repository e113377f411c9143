import assert from "node:assert/strict";
import { test } from "node:test";
import { advanceView, type DownloadView } from "../client/download-view.ts";
import type { PublicDownload } from "../client/public-download.ts";
import { at, ready, sample } from "../client/sample.testing.ts";
import { announcement, type Heard, heardOf } from "./announcements.ts";
import { wordsIn } from "./words/every.ts";

const english = wordsIn("en");

const language = {
  words: english,
  locale: "en",
  now: Date.parse("2026-01-02T03:10:00Z"),
  timeZone: "UTC",
};

/** The announcements while these arrive one after the other. */
function said(...downloads: (PublicDownload | null)[]) {
  let view: DownloadView | null = null;
  let heard: Heard | null = null;
  const texts: string[] = [];
  for (const download of downloads) {
    view = download && advanceView(view ?? undefined, download);
    const news = announcement(heard, view, language);
    if (news) texts.push(`${news.urgent ? "! " : ""}${news.text}`);
    heard = heardOf(view);
  }
  return texts;
}

test("speaks at the start, at each quarter and when ready, and not in between", () => {
  const steps = Array.from({ length: 99 }, (_, index) => at((index + 1) / 100));
  const waiting = sample({ state: "pending", node: null, epoch: 0, position: 2 });
  assert.deepEqual(said(waiting, ...steps, ready()), [
    "Starting…, number 2 in line",
    "Generating file…",
    "25% generated",
    "50% generated",
    "75% generated",
    "Your file is ready, cities.pdf, 12.3 MB, available until Saturday, 3:04 AM UTC",
  ]);
});

test("speaks of a move, and interrupts for a failure only", () => {
  const error = { code: "generation-failed", message: "The disk is full", retriable: true };
  assert.deepEqual(
    said(
      at(0.1),
      at(0.1, { node: "n2/x", epoch: 2 }),
      at(0.2, { node: "n2/x", epoch: 2 }),
      sample({ state: "error", node: null, epoch: 2, error }),
    ),
    [
      "Generating file…",
      "Moved to another server, nothing lost",
      "! The file could not be generated: Cities (PDF). The disk is full",
    ],
  );
});

test("speaks of a removal", () => {
  assert.deepEqual(said(at(0.1), null), ["Generating file…", "Download removed"]);
});
