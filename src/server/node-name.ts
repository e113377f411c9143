/** @module The default name of a node. */

import { systemClock } from "../clock/system.ts";

const LETTERS = 6;

/** Visitors see which node holds a download, so the name must not reveal the machine or the process. */
export function randomName(): string {
  const letters = systemClock.id().replace(/[^A-Za-z0-9]/g, "");
  return `n-${letters.slice(0, LETTERS).toLowerCase()}`;
}
