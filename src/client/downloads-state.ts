/** @module What a page knows of its user's downloads at one moment: immutable, and the same object while nothing changes. */

import type { DownloadView } from "./download-view.ts";
import type { StreamStatus } from "./event-stream.ts";
import type { Problem } from "./problem.ts";
import { isUnfinished, type PublicDownload } from "./public-download.ts";
import { askedAt } from "./stream-message.ts";

/** What is known about one slot. */
export interface SlotState {
  /** Its newest download. */
  readonly download: DownloadView | null;
  /** A request is on its way to the server. */
  readonly starting: { readonly kind: string } | null;
  /** Why the last request was not taken, or the last removal not done. */
  readonly problem: Problem | null;
}

export interface DownloadsState {
  /** All that are known, newest request first. */
  readonly downloads: readonly DownloadView[];
  /** By name, as far as something is known about them: see `slotOf`. */
  readonly slots: Readonly<Record<string, SlotState>>;
  /** `waiting`: the connection is lost, and has been for a while. `signed-out`: the user's session has ended. */
  readonly connection: StreamStatus;
  /** False until the server has told the downloads, be it in the page. */
  readonly loaded: boolean;
  /** There are older finished downloads: `more` brings them. */
  readonly hasMore: boolean;
  /** A digest of the user these downloads belong to: null for no user, undefined while unknown. */
  readonly viewer: string | null | undefined;
}

const NOTHING: SlotState = Object.freeze({ download: null, starting: null, problem: null });

/** The state of one slot; the same object while nothing about it changes. */
export function slotOf(state: Pick<DownloadsState, "slots">, slot = "default"): SlotState {
  return state.slots[slot] ?? NOTHING;
}

export const UNKNOWN: DownloadsState = Object.freeze({
  downloads: [],
  slots: Object.create(null) as Record<string, SlotState>,
  connection: "connecting",
  loaded: false,
  hasMore: false,
  viewer: undefined,
});

export interface StateParts extends Omit<DownloadsState, "downloads" | "slots"> {
  views: Iterable<DownloadView>;
  starting: ReadonlyMap<string, { shown: { kind: string } }>;
  problems: ReadonlyMap<string, Problem>;
}

/** The state with these parts; `previous` itself if nothing is different, else with its members where they are equal. */
export function nextState(
  previous: DownloadsState,
  { views, starting, problems, ...facts }: StateParts,
): DownloadsState {
  const downloads = [...views].sort(newestFirst);
  const newest = new Map<string, DownloadView>();
  for (const view of downloads) if (!newest.has(view.slot)) newest.set(view.slot, view);
  const slots = Object.create(null) as Record<string, SlotState>;
  for (const slot of new Set([...newest.keys(), ...starting.keys(), ...problems.keys()])) {
    const next: SlotState = {
      download: newest.get(slot) ?? null,
      starting: starting.get(slot)?.shown ?? null,
      problem: problems.get(slot) ?? null,
    };
    slots[slot] = kept(previous.slots[slot], next);
  }
  return kept(previous, {
    ...facts,
    downloads: kept(previous.downloads, downloads),
    slots: kept(previous.slots, slots),
  });
}

/** Compares for sorting; an unfinished one precedes a finished one of the same moment. */
export function newestFirst(a: PublicDownload, b: PublicDownload): number {
  return askedAt(b) - askedAt(a) || Number(isUnfinished(b)) - Number(isUnfinished(a));
}

/** `before` if its members are those of `after`. */
function kept<Value extends object>(before: Value | undefined, after: Value): Value {
  const names = Object.keys(after) as (keyof Value)[];
  const isEqual =
    before !== undefined &&
    Object.keys(before).length === names.length &&
    names.every((name) => name in before && before[name] === after[name]);
  return isEqual ? before : after;
}
