/** @module What is announced to screen readers about a download, and when: milestones, not every step. */

import type { DownloadView, Notice } from "../client/download-view.ts";
import { percentage } from "../client/format.ts";
import { describe, type Language, type Phase } from "./describe.ts";
import { fill } from "./words.ts";

/** The last state announced. */
export interface Heard {
  id: string;
  phase: Phase;
  /** Completed quarters: 0 to 4. */
  quarter: number;
  notice: Notice | null;
}

export interface Announcement {
  text: string;
  /** Whether it interrupts; for failures only. */
  urgent: boolean;
}

export function heardOf(view: DownloadView | null, language: Language): Heard | null {
  if (!view) return null;
  const { phase } = describe(view, language);
  return { id: view.id, phase, quarter: Math.floor((view.percent ?? 0) / 25), notice: view.notice };
}

/** What to announce when the state changes from `before` to `view`; usually null. */
export function announcement(
  before: Heard | null,
  view: DownloadView | null,
  language: Language,
): Announcement | null {
  const { words, locale } = language;
  const polite = (text: string): Announcement => ({ text, urgent: false });
  if (!view) return before ? polite(words.heardCancelled) : null;
  const after = heardOf(view, language)!;
  const same = before?.id === after.id ? before : null;
  const { title, line, facts } = describe(view, language);
  if (same?.phase !== after.phase) {
    if (after.phase === "error") return { text: `${title}. ${line}`, urgent: true };
    if (after.phase === "ready") return polite([title, line, ...facts].join(", "));
    if (after.phase === "pending") return polite([line, ...facts].join(", "));
    return polite(line);
  }
  if (after.notice && after.notice !== same.notice) return polite(words[after.notice]);
  if (after.quarter > same.quarter) {
    return polite(fill(words.heardPercent, { percent: percentage(after.quarter * 25, locale) }));
  }
  return null;
}
