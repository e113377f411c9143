/** @module What is announced to screen readers about a download, and when: milestones, not every step. */

import type { DownloadView, Notice } from "../client/download-view.ts";
import { list, percentage } from "../client/format.ts";
import { describe, type Language, nameOf, type Phase, phaseOf, sizeOf } from "./describe.ts";
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

export function heardOf(view: DownloadView | null): Heard | null {
  if (!view) return null;
  const quarter = Math.floor((view.percent ?? 0) / 25);
  return { id: view.id, phase: phaseOf(view), quarter, notice: view.notice };
}

/** What to announce when the state changes from `before` to `view`; usually null. */
export function announcement(
  before: Heard | null,
  view: DownloadView | null,
  language: Language,
): Announcement | null {
  const { words, locale } = language;
  const polite = (...texts: string[]): Announcement => ({ text: list(texts, locale), urgent: false });
  if (!view) return before ? polite(words.heardCancelled) : null;
  const after = heardOf(view)!;
  const same = before?.id === after.id ? before : null;
  if (same?.phase !== after.phase) {
    const { title, line, detail, facts } = describe(view, language);
    if (after.phase === "error")
      return { text: `${title}: ${nameOf(view, language)}. ${line}`, urgent: true };
    if (after.phase === "ready") {
      return polite(title, nameOf(view, language), sizeOf(view, locale), ...facts);
    }
    return after.phase === "pending" ? polite(...new Set([line, detail, ...facts])) : polite(line);
  }
  if (after.notice && after.notice !== same.notice) return polite(words[after.notice]);
  if (after.quarter > same.quarter) {
    return polite(fill(words.heardPercent, { percent: percentage(after.quarter * 25, locale) }));
  }
  return null;
}
