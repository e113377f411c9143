/** @module What can be exported: `GET /downloads/exports`. */

import type { PublicExport } from "../wire/export.ts";
import { downloadsApi } from "./downloads-api.ts";
import type { Problem } from "./problem.ts";

export type { PublicExport } from "../wire/export.ts";

export type ExportsAnswer = { exports: readonly PublicExport[] } | { problem: Problem };

/** `base` as for `downloadsApi`. */
export async function fetchExports(
  base: string,
  options: { fetch?: typeof fetch | undefined } = {},
): Promise<ExportsAnswer> {
  const answer = await downloadsApi(base, options).read("/exports", ({ ok }, body) => {
    const { exports } = (body ?? {}) as { exports?: unknown };
    return ok && Array.isArray(exports) ? (exports as PublicExport[]) : undefined;
  });
  return "problem" in answer ? answer : { exports: answer.value };
}
