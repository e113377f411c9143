/** @module Describes a download: the same text in the elements and in server-rendered HTML. */

import type { DownloadView } from "../client/download-view.ts";
import { age, fileSize, moment, percentage, timeRange, wholeNumber } from "../client/format.ts";
import type { TimeRange } from "../client/time-left.ts";
import { failureText } from "./failures.ts";
import { asWords, extensionOf, fill, type Words } from "./words.ts";

export type Phase = "pending" | "processing" | "finishing" | "ready" | "error";

export interface Description {
  phase: Phase;
  title: string;
  /** What is happening now, or why it failed; empty for a file that is ready. */
  line: string;
  /** The same in more detail, if the generator or the queue gives any. */
  detail: string;
  /** "41%", or empty while unknown. */
  percent: string;
  /** Further facts, short, most important first. */
  facts: string[];
}

/** Names of kinds, for downloads whose file has no name yet. */
export type Names = Readonly<Record<string, string>>;

export interface Language {
  words: Words;
  locale: string;
  /** Milliseconds since the epoch. */
  now: number;
  /** Set if the reader's own time zone is unknown. */
  timeZone?: string | undefined;
  names?: Names | undefined;
}

export function describe(view: DownloadView, language: Language): Description {
  const { words, locale } = language;
  const phase = phaseOf(view);
  const facts = factsOf(view, language);
  switch (phase) {
    case "pending": {
      const line = words.starting;
      return { phase, title: words.title, line, detail: place(view, language) ?? line, percent: "", facts };
    }
    case "processing":
    case "finishing": {
      const percent = view.percent === null ? "" : percentage(view.percent, locale);
      const now = special(view, words);
      const line = now ?? words.generating;
      return {
        phase,
        title: words.title,
        line,
        detail: now ?? view.progress.message ?? line,
        percent,
        facts,
      };
    }
    case "ready":
      return { phase, title: words.ready, line: "", detail: "", percent: "", facts };
    case "error": {
      const line = failureText(view, words);
      return { phase, title: words.failed, line, detail: line, percent: "", facts };
    }
  }
}

export function phaseOf(view: DownloadView): Phase {
  return view.finishing && view.state === "processing" ? "finishing" : view.state;
}

/** The file's name, else what the page or the export calls it, else its kind in words: "Cities (PDF)". */
export function nameOf(
  { file, kind }: Pick<DownloadView, "file" | "kind">,
  { words, names }: Pick<Language, "words" | "names">,
): string {
  if (file) return file.name;
  if (names && Object.hasOwn(names, kind)) return names[kind]!;
  const format = extensionOf(kind);
  if (format === null) return asWords(kind);
  return fill(words.named, { name: asWords(kind.slice(0, -format.length - 1)), format });
}

/** For a list, where the state shows: what sets this download apart from the others. */
export function rowFacts(view: DownloadView, language: Language): string[] {
  const { words, locale, now } = language;
  const old = age(view.finishedAt ?? view.requestedAt, now, locale) ?? words.justNow;
  if (view.state === "error") return [failureText(view, words), old];
  if (view.state === "ready") return [sizeOf(view, locale), old, ...kept(view, language, true)];
  const isPending = view.state === "pending";
  const line = isPending ? place(view, language) : (special(view, words) ?? view.progress.message);
  const facts = [...(line ? [line] : []), ...factsOf(view, language)];
  if (facts.length > 0) return facts.slice(0, 2);
  return [isPending ? words.starting : words.generating];
}

/** "7.3 MB". */
export function sizeOf({ file }: DownloadView, locale: string): string {
  return file ? fileSize(file.size, locale) : "";
}

/** Shows that it is running when there is no total, or when the total was too small. */
export function soFar({ progress }: DownloadView, words: Words, locale: string): string {
  return fill(words.countSoFar, { done: wholeNumber(progress.done, locale) });
}

function factsOf(view: DownloadView, language: Language): string[] {
  if (view.state === "pending") return waitFacts(view, language);
  if (view.state === "processing") return runningFacts(view, language);
  if (view.state === "ready") return kept(view, language);
  const { now, locale, words } = language;
  return [nameOf(view, language), age(view.requestedAt, now, locale) ?? words.justNow];
}

/** What is more important than that the file is being generated. */
function special(view: DownloadView, words: Words): string | null {
  if (view.node === null) return words.moving;
  if (view.finishing) return words.finishing;
  return view.notice && words[view.notice];
}

/** Where it is in the queue. */
function place({ notice, position }: DownloadView, { words, locale }: Language): string | null {
  if (notice) return words[notice];
  if (position === null) return null;
  return position === 1 ? words.next : fill(words.position, { position: wholeNumber(position, locale) });
}

function waitFacts({ timeLeft }: DownloadView, { words, locale }: Language): string[] {
  return timeLeft ? [fill(words.wait, { range: timeRange(timeLeft, locale) })] : [];
}

function runningFacts(view: DownloadView, { words, locale }: Language): string[] {
  const { done, total, message } = view.progress;
  const facts: string[] = [];
  if (view.timeLeft) facts.push(timeLeft(view.timeLeft, words, locale));
  // A message with a number has the count already, in the generator's own unit.
  if (message && /\d/.test(message)) return facts;
  const isCounted = total !== null && total > 0 && done <= total;
  if (!isCounted && done > 0) facts.push(soFar(view, words, locale));
  else if (isCounted) {
    facts.push(fill(words.count, { done: wholeNumber(done, locale), total: wholeNumber(total, locale) }));
  }
  return facts;
}

function timeLeft(range: TimeRange, words: Words, locale: string): string {
  return fill(range.lowMs === 0 ? words.timeLeftUnder : words.timeLeft, { range: timeRange(range, locale) });
}

/** How long the file is kept, and what the user should know about it. */
function kept({ file, expiresAt }: DownloadView, language: Language, short = false): string[] {
  const { words, locale, now, timeZone } = language;
  const facts: string[] = [];
  const time = expiresAt && moment(expiresAt, now, locale, { timeZone, short });
  if (time) facts.push(fill(short ? words.untilShort : words.until, { time }));
  if (file?.note) facts.push(file.note);
  return facts;
}
