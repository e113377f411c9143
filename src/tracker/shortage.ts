/** @module Whether an engine has room for anything new. */

import type { Engine } from "../ports/engine.ts";

/** Why there is none, for people; null when there is. */
export function shortageOf(engine: Engine): string | null {
  return engine.shortage?.() ?? engine.files.trouble?.()?.message ?? null;
}
