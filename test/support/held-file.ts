/** @module Files that are half made until their test says so: no busy machine is late for what is to happen meanwhile. */

import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface HeldFile {
  /** Of generators in `cluster-generators.ts`: the path that they wait for. */
  readonly params: { hold: string };
  /** Lets the second half be made. */
  release(): void;
}

export function heldFile(test: { after(callback: () => Promise<void>): void }): HeldFile {
  const hold = join(tmpdir(), `carryout-held-${randomUUID()}`);
  test.after(() => rm(hold, { force: true }));
  return { params: { hold }, release: () => writeFileSync(hold, "") };
}
