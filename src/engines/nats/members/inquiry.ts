/** @module From the suspicion that a node has died to a death, a silence, or a sign of life: the rules, without wire. */

import type { Clock } from "../../../ports/clock.ts";
import type { LifelineState } from "../lifeline/lifeline.ts";

/** "nobody": no server knows a connection of that node. "silent": no answer in time, which proves nothing. */
export type PingAnswer = "answered" | "nobody" | "silent";

/**
 * "alive": it answered, or its lifeline is up. "dead": gone for certain. "absent": gone, as it seems; its next sign of
 * life brings it back. "unsure": its lease decides.
 */
export type Verdict = "alive" | "dead" | "absent" | "unsure";

export interface Inquiry {
  /** Asks the node over NATS. */
  ping: (timeoutMs: number) => Promise<PingAnswer>;
  /** Of this node to the suspect, null when there is none. */
  lifeline: () => LifelineState | null;
  /** Another node, which watched it, saw it die. */
  wasReported: () => boolean;
  /**
   * Since when, on the monotonic clock, "nobody" means something: a server that just started may not have heard of the
   * other servers' connections. Null while this node is cut off.
   */
  hearingSince: () => number | null;
  clock: Clock;
  /** How long it may take while nothing is known. */
  patienceMs: number;
  /** Between two answers "nobody" that count: a node whose server died is back on another one sooner. */
  nobodyMs: number;
  signal: AbortSignal;
}

/** Short: one that was sent as the node died is lost, and only the next one meets "nobody". */
const FIRST_PING_MS = 5;
const LONGEST_PING_MS = 120;
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;
/** Pings without answer, and a closed port at the same time, after which a node counts as absent. */
const SILENT_ENOUGH = 6;

/**
 * Asks until it is clear. Two signs together are certain: its port is closed (or another node saw that), and no
 * server knows it. "Nobody" alone, twice, is only a guess: the node may be between two servers.
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
      // Cut off: nothing that was asked counts, and no time passes.
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
