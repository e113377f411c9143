/** @module Resolves a lost connection into a certain death or a new connection. */

import type { Clock } from "../../../ports/clock.ts";
import type { Mesh } from "../../mesh/mesh.ts";
import type { Announcement } from "./announcement.ts";
import { processSign } from "./process-sign.ts";

/** A dying process closes its sockets some milliseconds before its id is free, longer if it holds much memory. */
const PATIENCE_MS = 200;
const PAUSE_MS = 1;
/** A connection to a dying process may still succeed once, so the cheaper sign is checked more often. */
const TRIES_PER_CONNECT = 8;

/**
 * "dead": its process is gone or dying, it removed its row (it left), or its socket has no listener any more.
 * "connected" again: it lives. "unsure" after a timeout: its lease decides.
 */
export async function inquire(
  suspect: Announcement,
  about: { clock: Clock; mesh: Pick<Mesh, "connect">; hasRow: () => boolean; signal: AbortSignal },
): Promise<"dead" | "connected" | "unsure"> {
  const { clock, mesh, hasRow, signal } = about;
  const until = clock.monotonic() + PATIENCE_MS;
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    if (processSign(suspect.pid, suspect.mark) === "gone" || !hasRow()) return "dead";
    if (attempt % TRIES_PER_CONNECT === 0 && suspect.address !== null) {
      const result = await mesh.connect(suspect.peer, suspect.address);
      if (result === "refused") return "dead";
      if (result === "connected") return "connected";
    }
    if (clock.monotonic() >= until) break;
    await clock.sleep(PAUSE_MS, signal);
  }
  return "unsure";
}
