/** @module The note below a prefix that says whose files are there. */

import { CarryoutError } from "../../errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ClusterIdentity } from "../../ports/file-store.ts";
import type { S3Objects } from "./s3-objects.ts";

/** Begins with a character that no key of a part has. */
export const NOTE = "!carryout.json";
/** Someone else may remove it between two steps. */
const MOST_ATTEMPTS = 3;

/**
 * Writes the note if there is none. Of two clusters that come at once, one gets the prefix: the server refuses a second
 * note, or, if it can't do that, whoever reads another note than its own afterwards lost. Fails with `store-unusable` if
 * the prefix is another cluster's.
 */
export async function claimPrefix(
  objects: S3Objects,
  cluster: ClusterIdentity,
  clock: Pick<Clock, "now">,
): Promise<void> {
  const mine = JSON.stringify({ ...cluster, since: new Date(clock.now()).toISOString() });
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const found = await objects.readText(NOTE);
    if (found === null) await objects.writeNew(NOTE, mine);
    else if (ownerOf(found)?.id === cluster.id) return;
    else throw refusal(objects, found);
  }
}

function ownerOf(text: string): { id?: unknown; name?: unknown; since?: unknown } | null {
  try {
    return JSON.parse(text) as { id?: unknown } | null;
  } catch {
    return null;
  }
}

function refusal({ place }: S3Objects, found: string): CarryoutError {
  const { name, since } = ownerOf(found) ?? {};
  const whose = typeof name === "string" ? `the cluster on ${name}, since ${since}` : "an unknown cluster";
  return new CarryoutError(
    "store-unusable",
    `${place.shown} belongs to ${whose}; two clusters with one prefix would remove each other's files. Choose another ` +
      `prefix. If that cluster is gone, remove the object ${place.prefix}${NOTE}: then this cluster takes the prefix, and ` +
      "removes the files that are left there",
    { details: { bucket: place.bucket, object: `${place.prefix}${NOTE}` } },
  );
}
