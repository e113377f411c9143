/** @module What can be exported: `GET /downloads/exports`. */

import type { PublicExport } from "../wire/export.ts";
import { callPatiently } from "./patient-call.ts";
import { jsonOf, type Problem, problemOf } from "./problem.ts";
import { browserTiming } from "./timing.ts";

export type { PublicExport } from "../wire/export.ts";

export type ExportsAnswer = { exports: readonly PublicExport[] } | { problem: Problem };

/** `base` as for `downloadsApi`. */
export async function fetchExports(
  base: string,
  options: { fetch?: typeof fetch | undefined } = {},
): Promise<ExportsAnswer> {
  const { fetch: send = fetch } = options;
  const answer = await callPatiently(send, browserTiming, `${base}/exports`, {
    headers: { accept: "application/json" },
  });
  if ("problem" in answer) return answer;
  const body = await jsonOf(answer.response);
  const { exports } = (body ?? {}) as { exports?: unknown };
  if (answer.response.ok && Array.isArray(exports)) return { exports };
  return { problem: problemOf(answer.response, body) };
}
