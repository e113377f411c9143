/** @module Describes a download: the same text in the elements and in server-rendered HTML. */

import type { DownloadView } from "../client/download-view.ts";
import { fileSize, moment, ordinal, percentage, timeRange, wholeNumber } from "../client/format.ts";
import type { Problem } from "../client/problem.ts";
import type { TimeRange } from "../client/time-left.ts";
import { fill, type Words } from "./words.ts";

export type Phase = "pending" | "processing" | "finishing" | "ready" | "error";

export interface Description {
  phase: Phase;
  title: string;
  /** What is happening now. */
  line: string;
  /** "41%", or empty while unknown. */
  percent: string;
  /** Further facts, short, most important first. */
  facts: string[];
}

export interface Language {
  words: Words;
  locale: string;
  /** Milliseconds since the epoch. */
  now: number;
  /** Set if the reader's own time zone is unknown. */
  timeZone?: string | undefined;
}

export function describe(view: DownloadView, language: Language): Description {
  const { words, locale } = language;
  const phase = view.finishing && view.state === "processing" ? "finishing" : view.state;
  switch (phase) {
    case "pending":
      return {
        phase,
        title: words.title,
        line: words.starting,
        percent: "",
        facts: waitFacts(view, language),
      };
    case "processing":
    case "finishing":
      return {
        phase,
        title: words.title,
        line: runningLine(view, words),
        percent: view.percent === null ? "" : percentage(view.percent, locale),
        facts: runningFacts(view, language),
      };
    case "ready":
      return {
        phase,
        title: words.ready,
        line: view.file?.name ?? "",
        percent: "",
        facts: fileFacts(view, language),
      };
    case "error":
      return {
        phase,
        title: words.failed,
        line: view.error?.message ?? "",
        percent: "",
        facts: [askedAt(view, language)],
      };
  }
}

/** Why a request was not accepted, in the page's own words if it has any. */
export function problemText(problem: Problem, words: Words): string {
  const own: Record<string, string> = {
    "signed-out": words.signedOut,
    "no-cookies": words.noCookies,
    unreachable: words.unreachable,
  };
  return own[problem.code] ?? problem.message;
}

/** A download's label where only its name distinguishes it from others. */
export function nameOf(view: DownloadView): string {
  return view.file?.name ?? view.kind;
}

function askedAt(view: DownloadView, { words, locale, now, timeZone }: Language): string {
  return fill(words.askedAt, { kind: view.kind, time: moment(view.requestedAt, now, locale, timeZone) });
}

/** For a list: the state in words, with few details. */
export function shortFacts({ phase, title, line, facts }: Description): string[] {
  if (phase === "error") return [title, line, ...facts];
  return phase === "ready" ? [title, ...facts] : [line, ...facts.slice(0, 1)];
}

function runningLine(view: DownloadView, words: Words): string {
  if (view.node === null) return words.moving;
  if (view.finishing) return words.finishing;
  return view.notice ? words[view.notice] : words.generating;
}

function waitFacts(view: DownloadView, { words, locale }: Language): string[] {
  const facts: string[] = [];
  if (view.notice) facts.push(words[view.notice]);
  if (view.position !== null) facts.push(fill(words.position, { ordinal: ordinal(view.position, locale) }));
  if (view.timeLeft) facts.push(fill(words.wait, { range: timeRange(view.timeLeft, locale) }));
  return facts;
}

function runningFacts(view: DownloadView, { words, locale }: Language): string[] {
  const { done, total, message } = view.progress;
  const facts: string[] = [];
  if (view.timeLeft) facts.push(timeLeft(view.timeLeft, words, locale));
  if (message) facts.push(message);
  const count = total !== null && total > 0 && done <= total;
  if (!count && done > 0) facts.push(soFar(view, words, locale));
  else if (count && !message) {
    facts.push(fill(words.count, { done: wholeNumber(done, locale), total: wholeNumber(total, locale) }));
  }
  return facts;
}

/** Shows that it is running when there is no total, or when the total was too small. */
export function soFar({ progress }: DownloadView, words: Words, locale: string): string {
  return fill(words.countSoFar, { done: wholeNumber(progress.done, locale) });
}

function timeLeft(range: TimeRange, words: Words, locale: string): string {
  return fill(range.lowMs === 0 ? words.timeLeftUnder : words.timeLeft, { range: timeRange(range, locale) });
}

function fileFacts(view: DownloadView, { words, locale, now, timeZone }: Language): string[] {
  const facts: string[] = [];
  if (view.file) facts.push(fileSize(view.file.size, locale));
  if (view.file?.note) facts.push(view.file.note);
  if (view.expiresAt) facts.push(fill(words.until, { time: moment(view.expiresAt, now, locale, timeZone) }));
  return facts;
}
