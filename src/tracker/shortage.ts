/** @module Whether an engine has space for anything new. */

import type { Engine } from "../ports/engine.ts";

/** Why it has none, in words; null if it has. */
export function shortageOf(engine: Engine): string | null {
  return engine.shortage?.() ?? engine.files.trouble?.()?.message ?? null;
}
