/** @module A visitor's first contact: the server sets a cookie, and requests need a browser that keeps it. */

import { NO_COOKIES, type Problem, SIGNED_OUT } from "./problem.ts";
import { askViewer } from "./viewer.ts";

export type Introduction =
  /** `isNew`: the cookie was set by this introduction; earlier requests belong to no user. */
  | { type: "known"; tag: string; isNew: boolean }
  | { type: "refused"; problem: Problem }
  /** The server could not be reached, or does not say. */
  | { type: "unknown" };

/**
 * Asks the list's URL for the viewer, which sets a cookie if there is none, and then checks that the browser has kept
 * it: otherwise each file would belong to a new anonymous user.
 */
export async function introduce(url: string, send: typeof fetch): Promise<Introduction> {
  for (const isNew of [false, true]) {
    const answer = await askViewer(url, send);
    if (answer === "signed-out") return { type: "refused", problem: SIGNED_OUT };
    if (answer === null || answer.tag === null) return { type: "unknown" };
    if (!answer.isNew) return { type: "known", tag: answer.tag, isNew };
  }
  return { type: "refused", problem: NO_COOKIES };
}
