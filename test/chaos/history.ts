/** @module What one visitor saw, checked as it arrives: the verdict's only source. */

import { isUnfinished, type PublicDownload } from "../../src/client/public-download.ts";
import type { Order } from "./orders.ts";

/** What must never be seen. */
export type Rule =
  | "progress never falls"
  | "finished is final"
  | "full only when ready"
  | "one unfinished download per slot"
  | "nothing vanishes"
  | "nothing removed comes back"
  | "only what was asked for"
  | "equal requests join"
  | "good orders become files"
  | "bad orders fail as they should"
  | "the file is right"
  | "answers are in order"
  | "a stream begins with a snapshot"
  | "a stream keeps up"
  | "every download ends";

export interface Violation {
  visitor: string;
  rule: Rule;
  detail: string;
}

/** Everything that was seen of one download. */
export interface Sighting {
  readonly id: string;
  readonly kind: string;
  /** Null while only the file's content can tell which of the visitor's orders it belongs to. */
  order: Order | null;
  readonly askedAt: number;
  state: PublicDownload["state"];
  done: number;
  fraction: number;
  epoch: number;
  /** When it was first seen running; null before. */
  runningSince: number | null;
  movedAt: number;
  /** The visitor has asked to remove it. */
  mayGo: boolean;
  /** When its removal was confirmed. */
  goneAt: number | null;
}

/** How a download ended, as its visitor saw it. */
export type Outcome = "ready" | "failed" | "cancelled" | "lost";

export function outcomeOf({ state, mayGo, goneAt }: Sighting): Outcome {
  if (state === "ready") return "ready";
  if (state === "error") return "failed";
  return goneAt !== null && mayGo ? "cancelled" : "lost";
}

/** What was known when a request was sent: its answer must not be older. */
type Baseline = ReadonlyMap<string, Pick<Sighting, "done" | "fraction" | "epoch" | "state" | "goneAt">>;

/** What the nodes keep of each visitor's finished downloads (`keepPerUser`). */
export const KEPT_DOWNLOADS = 15;
const KEPT_LINES = 500;
/** A node that was frozen may still carry out a request whose answer was lost, at most this much later. */
const UNSETTLED_MS = 60_000;
/** Shorter stalls of the progress bar are not noticeable. */
const PAUSE_MS = 1_000;

export class History {
  readonly visitor: string;
  readonly sightings = new Map<string, Sighting>();
  readonly violations: Violation[] = [];
  /** Times without visible progress of a running download, in milliseconds. */
  readonly pauses: { ms: number; id: string; at: number }[] = [];
  readonly #lines: string[] = [];
  readonly #began = performance.now();
  readonly #listeners = new Set<() => void>();
  #asking = 0;
  #unsettledUntil = 0;

  constructor(visitor: string) {
    this.visitor = visitor;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  note(what: string): void {
    const at = ((performance.now() - this.#began) / 1_000).toFixed(3).padStart(9);
    this.#lines.push(`${at} s  ${what}`);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
  }

  violated(rule: Rule, detail: string): void {
    this.violations.push({ visitor: this.visitor, rule, detail });
    this.note(`VIOLATED: ${rule}: ${detail}`);
  }

  /** Resolves when anything new is seen, or after `ms`. */
  changed(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#listeners.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#listeners.add(end);
    });
  }

  /** A request is on its way: from now until it is answered there may be a download that nobody told of. */
  asking(): void {
    this.#asking++;
  }

  asked(): void {
    this.#asking--;
  }

  /** The answer to a request was lost: it may have been carried out, or may still be. */
  answerLost(): void {
    this.#unsettledUntil = performance.now() + UNSETTLED_MS;
  }

  get isUnsettled(): boolean {
    return this.#asking > 0 || performance.now() < this.#unsettledUntil;
  }

  /** `askedAt` is the earliest time at which it can have begun. */
  accepted(download: PublicDownload, order: Order | null, askedAt = performance.now()): Sighting {
    const known = this.sightings.get(download.id);
    if (known) {
      known.order ??= order;
      return known;
    }
    const sighting: Sighting = {
      id: download.id,
      kind: download.kind,
      order,
      askedAt,
      state: "pending",
      done: 0,
      fraction: 0,
      epoch: 0,
      runningSince: null,
      movedAt: performance.now(),
      mayGo: false,
      goneAt: null,
    };
    this.sightings.set(download.id, sighting);
    this.note(`${short(download.id)} ${order ? "accepted" : "found"}: ${download.kind}`);
    return sighting;
  }

  removing(id: string): void {
    const sighting = this.sightings.get(id);
    if (sighting) sighting.mayGo = true;
  }

  removed(id: string): void {
    const sighting = this.sightings.get(id);
    if (sighting) sighting.goneAt ??= performance.now();
  }

  /** For answers to requests sent now: they must be at least as new as everything seen so far. */
  lens(via: string): Lens {
    const baseline = new Map([...this.sightings].map(([id, sighting]) => [id, { ...sighting }]));
    return new Lens(this, via, baseline);
  }

  seen(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** One connection or one request, through which downloads are seen in order. */
export class Lens {
  readonly #history: History;
  readonly #via: string;
  readonly #baseline: Map<string, Pick<Sighting, "done" | "fraction" | "epoch" | "state" | "goneAt">>;

  constructor(history: History, via: string, baseline: Baseline) {
    this.#history = history;
    this.#via = via;
    this.#baseline = new Map(baseline);
  }

  /** All downloads of the visitor, from a snapshot or a list. */
  all(downloads: readonly PublicDownload[]): void {
    const slots = downloads.filter(isUnfinished).map(({ slot }) => slot);
    if (new Set(slots).size < slots.length) {
      this.#violated("one unfinished download per slot", downloads.map(words).join("; "));
    }
    for (const download of downloads) this.one(download);
    const listed = new Set(downloads.map(({ id }) => id));
    for (const [id, before] of this.#baseline) {
      if (!listed.has(id) && before.goneAt === null) this.gone(id);
    }
  }

  /** One download as received. */
  one(download: PublicDownload): void {
    const before = this.#baseline.get(download.id);
    if (before?.goneAt) {
      this.#violated("nothing removed comes back", words(download));
      return;
    }
    const sighting = this.#history.sightings.get(download.id) ?? this.#adopt(download);
    if (before) this.#compare(before, download);
    const fraction = download.progress.fraction ?? 0;
    if (fraction === 1 && download.state !== "ready") this.#violated("full only when ready", words(download));
    if (download.state === "ready" && fraction !== 1) {
      this.#violated("full only when ready", `ready at ${fraction}: ${words(download)}`);
    }
    const { state, epoch } = download;
    this.#baseline.set(download.id, { done: download.progress.done, fraction, epoch, state, goneAt: null });
    this.#take(sighting, download);
    this.#history.seen();
  }

  /** It no longer existed. */
  gone(id: string): void {
    const sighting = this.#history.sightings.get(id);
    if (!sighting || sighting.goneAt !== null) return;
    if (!sighting.mayGo && !this.#mayGiveWay(sighting)) {
      this.#violated(
        "nothing vanishes",
        `${short(id)} was ${sighting.state} at ${sighting.done}, now it is gone`,
      );
    }
    this.#history.note(`${short(id)} is gone (${this.#via})`);
    this.#history.removed(id);
    this.#history.seen();
  }

  /** Asking again takes no file away: only the oldest goes, when there are more than are kept. */
  #mayGiveWay({ state }: Sighting): boolean {
    const finished = [...this.#history.sightings.values()].filter(
      (one) => one.goneAt === null && isFinishedState(one.state),
    );
    return isFinishedState(state) && finished.length > KEPT_DOWNLOADS;
  }

  /** A request was carried out although the visitor never got its answer. */
  #adopt(download: PublicDownload): Sighting {
    if (!this.#history.isUnsettled) this.#violated("only what was asked for", words(download));
    return this.#history.accepted(download, null);
  }

  #compare(before: Pick<Sighting, "done" | "fraction" | "epoch" | "state">, download: PublicDownload): void {
    const { done, fraction } = download.progress;
    const shown = fraction ?? 0;
    if (done < before.done || shown < before.fraction) {
      this.#violated(
        "progress never falls",
        `from ${before.done} (${before.fraction}), epoch ${before.epoch}, to ${words(download)}`,
      );
    }
    if (isFinishedState(before.state) && download.state !== before.state) {
      this.#violated("finished is final", `was ${before.state}, now ${words(download)}`);
    }
  }

  #take(sighting: Sighting, download: PublicDownload): void {
    const { progress, state, epoch } = download;
    const now = performance.now();
    const fraction = progress.fraction ?? 0;
    const hasMoved = progress.done > sighting.done || (isFinishedState(state) && isUnfinished(sighting));
    if (state !== sighting.state || epoch > sighting.epoch)
      this.#history.note(`${words(download)} (${this.#via})`);
    if (state === "processing" && sighting.runningSince === null) {
      sighting.runningSince = now;
      sighting.movedAt = now;
    } else if (hasMoved) {
      this.#countPause(sighting, now);
      sighting.movedAt = now;
    }
    sighting.done = Math.max(sighting.done, progress.done);
    sighting.fraction = Math.max(sighting.fraction, fraction);
    sighting.epoch = Math.max(sighting.epoch, epoch);
    if (isUnfinished(sighting)) sighting.state = state;
  }

  #countPause(sighting: Sighting, now: number): void {
    const ms = now - sighting.movedAt;
    if (sighting.runningSince === null || !sighting.order?.isSteady || ms < PAUSE_MS) return;
    this.#history.pauses.push({ ms, id: sighting.id, at: now });
    this.#history.note(`${short(sighting.id)} stood still for ${Math.round(ms)} ms`);
  }

  #violated(rule: Rule, detail: string): void {
    this.#history.violated(rule, `${detail} (${this.#via})`);
  }
}

function isFinishedState(state: PublicDownload["state"]): boolean {
  return !isUnfinished({ state });
}

export function short(id: string): string {
  return id.slice(0, 6);
}

export function words({ id, kind, state, progress, node, epoch, position }: PublicDownload): string {
  const total = progress.total === null ? "" : ` of ${progress.total}`;
  const where = position === null ? `on ${node}` : `number ${position} in line`;
  return `${short(id)} ${kind} ${state} ${progress.done}${total} ${where}, epoch ${epoch}`;
}
