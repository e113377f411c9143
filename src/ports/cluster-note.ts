/** @module The note beside the parts that says whose they are, so that no second cluster takes them for leftovers. */

import { CarryoutError } from "../errors.ts";
import type { Clock } from "./clock.ts";
import type { ClusterIdentity } from "./file-store.ts";

/** Begins with a character that no key of a part has. */
export const NOTE = "!carryout.json";
/** Someone else may remove it between two steps. */
const MOST_ATTEMPTS = 3;

/** Where files are kept. */
export interface NotePlace {
  /** For people, such as "s3://bucket/prefix". */
  readonly shown: string;
  /** What another cluster needs instead, such as "prefix". */
  readonly kind: string;
  /** The note's place, such as "the object prefix/!carryout.json". */
  readonly note: string;
  /** Null if there is none. */
  read(): Promise<string | null>;
  /** Does nothing if there is one. Of two at once one wins, unless the store can't tell: then the last one. */
  writeNew(text: string): Promise<void>;
}

/**
 * Writes the note if there is none. Of two clusters that come at once, one gets the place, if its store keeps the
 * first of two notes; otherwise the loser is refused at its next start. Fails with `store-unusable` if
 * it is another cluster's.
 */
export async function claimPlace(
  place: NotePlace,
  cluster: ClusterIdentity,
  clock: Pick<Clock, "now">,
): Promise<void> {
  const mine = JSON.stringify({ ...cluster, since: new Date(clock.now()).toISOString() });
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const found = await place.read();
    if (found === null) await place.writeNew(mine);
    else if (ownerOf(found).id === cluster.id) return;
    else throw refusal(place, found);
  }
}

function ownerOf(text: string): { id?: unknown; name?: unknown; since?: unknown } {
  try {
    return (JSON.parse(text) as object | null) ?? {};
  } catch {
    return {};
  }
}

function refusal({ shown, kind, note }: NotePlace, found: string): CarryoutError {
  const { name, since } = ownerOf(found);
  const whose = typeof name === "string" ? `the cluster on ${name}, since ${since}` : "an unknown cluster";
  return new CarryoutError(
    "store-unusable",
    `${shown} belongs to ${whose}; two clusters with one ${kind} would remove each other's files. Choose another ${kind}. ` +
      `If that cluster is gone, remove ${note}: then this cluster takes the ${kind}, and removes the files that are left there`,
    { details: { place: shown } },
  );
}
