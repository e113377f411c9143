/** @module What a node is called that nobody gave a name. */

import { systemClock } from "../clock/system.ts";

const LETTERS = 6;

/** Visitors are told which node holds a download: the name says nothing of the machine or the process. */
export function randomName(): string {
  const letters = systemClock.id().replace(/[^A-Za-z0-9]/g, "");
  return `n-${letters.slice(0, LETTERS).toLowerCase()}`;
}
