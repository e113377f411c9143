/** @module Calls to the API that outlast the death of a node. */

import { type Problem, SIGNED_OUT, UNREACHABLE } from "./problem.ts";
import { backoff, pause, type Timing } from "./timing.ts";
import { isSignInPage } from "./viewer.ts";

const ATTEMPTS = 6;
const ATTEMPT_MS = 10_000;
const LONGEST_RETRY_AFTER_MS = 10_000;

type Answer = { response: Response } | { problem: Problem };

/** Retries after a lost connection and after answers that ask for it, for about half a minute. */
export async function callPatiently(
  send: typeof fetch,
  timing: Timing,
  url: string,
  init: RequestInit,
): Promise<Answer> {
  for (let attempt = 0; ; attempt += 1) {
    const response = await send(url, {
      ...init,
      // Cookies also for an API on another origin, which then has to trust the page's.
      credentials: "include",
      redirect: "manual",
      signal: AbortSignal.timeout(ATTEMPT_MS),
    }).catch(() => null);
    const wantsRepeat = response === null || [429, 502, 503, 504].includes(response.status);
    if (response && (response.status === 401 || isSignInPage(response))) return { problem: SIGNED_OUT };
    if (response && (!wantsRepeat || attempt + 1 >= ATTEMPTS)) return { response };
    if (attempt + 1 >= ATTEMPTS) return { problem: UNREACHABLE };
    const asked = Number(response?.headers.get("retry-after") ?? 0) * 1_000 || 0;
    const ms = Math.max(Math.min(asked, LONGEST_RETRY_AFTER_MS), backoff(timing, attempt, 500, 8_000));
    await response?.body?.cancel();
    await pause(timing, ms);
  }
}
