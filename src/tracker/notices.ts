/** @module Tells the user what a download waits for, other than its turn in the queue. */

import type { Download } from "../download/download.ts";
import type { Membership } from "../ports/membership.ts";
import type { KindAvailability } from "./kind-availability.ts";
import type { Revisions } from "./revisions.ts";
import type { RunningTime } from "./running-time.ts";
import type { UnfinishedIndex } from "./unfinished-index.ts";

export interface NoticesContext {
  membership: Pick<Membership, "members">;
  unfinished: Pick<UnfinishedIndex, "ofId">;
  kindAvailability: Pick<KindAvailability, "noneSince">;
  revisions: Pick<Revisions, "waitMs">;
  running: Pick<RunningTime, "read">;
}

const NO_SERVER = "Waiting for a server that can make this file";
const NO_REVISION = "Waiting for a server with the version that began this file";

export function noticeOf(context: NoticesContext, { id, kind, revision }: Download): string | null {
  const { membership, unfinished, kindAvailability, revisions, running } = context;
  if (kindAvailability.noneSince(kind) !== null) return NO_SERVER;
  const entry = unfinished.ofId(id);
  if (entry === undefined || revisions.waitMs(entry, running.read()) === 0) return null;
  const isThere = membership.members().some((member) => {
    return !member.draining && member.revisions[kind] === revision;
  });
  return isThere ? null : NO_REVISION;
}
