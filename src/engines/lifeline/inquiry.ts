/** @module The rules that resolve a suspicion into a death, a silence or a sign of life, independent of the wire. */

import type { Clock } from "../../ports/clock.ts";
import type { LifelineState } from "./lifeline.ts";

/** "nobody": no server of the engine has a connection from that node. "silent": no answer in time, which proves nothing. */
export type PingAnswer = "answered" | "nobody" | "silent";

/**
 * "alive": it answered, or its lifeline is up. "dead": certainly gone. "absent": presumed gone; its next sign of life
 * brings it back. "unsure": its lease decides.
 */
export type Verdict = "alive" | "dead" | "absent" | "unsure";

export interface Inquiry {
  /** Asks the node over the engine, or the engine about the node. */
  ping: (timeoutMs: number) => Promise<PingAnswer>;
  /** This node's lifeline to the suspect, null if there is none. */
  lifeline: () => LifelineState | null;
  /** Another node, which watched it, saw it die. */
  wasReported: () => boolean;
  /**
   * Since when, on the monotonic clock, "nobody" is meaningful: a server that has just started may not know the other
   * servers' connections yet. Null while this node is cut off.
   */
  hearingSince: () => number | null;
  clock: Clock;
  /** Time limit while nothing is known. */
  patienceMs: number;
  /** Minimum time between two "nobody" answers that count: a node whose server died reconnects sooner. */
  nobodyMs: number;
  signal: AbortSignal;
}

/** Short: a ping sent while the node dies is lost, and only the next one gets "nobody". */
const FIRST_PING_MS = 5;
const LONGEST_PING_MS = 120;
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;
/** Pings without answer, and a closed port at the same time, after which a node counts as absent. */
const SILENT_ENOUGH = 6;

/**
 * Asks until the result is clear. Two signs together are certain: its port is closed (or another node saw that), and no
 * server knows it. "Nobody" alone, twice, is only a guess: the node may be switching servers.
 */
export async function inquire(inquiry: Inquiry): Promise<Verdict> {
  const { clock, nobodyMs, signal } = inquiry;
  let until = clock.monotonic() + inquiry.patienceMs;
  let nobodySince: number | null = null;
  let silent = 0;
  for (let attempt = 0; !signal.aborted && clock.monotonic() < until; attempt += 1) {
    if (inquiry.lifeline() === "up") return "alive";
    const askedAt = clock.monotonic();
    const answer = await inquiry.ping(Math.min(FIRST_PING_MS * 2 ** attempt, LONGEST_PING_MS));
    const hearingSince = inquiry.hearingSince();
    if (answer === "answered") return "alive";
    const closed = inquiry.lifeline() === "gone" || inquiry.wasReported();
    if (hearingSince === null) {
      // Cut off: answers don't count, and no time passes.
      until += clock.monotonic() - askedAt + LONGEST_PAUSE_MS;
      nobodySince = null;
      silent = 0;
      await clock.sleep(LONGEST_PAUSE_MS, signal);
      continue;
    }
    if (answer === "nobody") {
      if (closed) return "dead";
      if (askedAt >= hearingSince) nobodySince ??= askedAt;
      if (nobodySince !== null && askedAt - nobodySince >= nobodyMs) return "absent";
    } else {
      nobodySince = null;
      silent += closed ? 1 : 0;
      if (silent >= SILENT_ENOUGH) return "absent";
    }
    await clock.sleep(Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS), signal);
  }
  return "unsure";
}
