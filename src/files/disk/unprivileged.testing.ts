/** @module Permissions of files in tests that run as root, whom no permission stops. */

import { chown } from "node:fs/promises";

const NOBODY = 65534;

/** Runs `act` as a user whom permissions restrict, to whom `folder` belongs. */
export async function unprivileged(folder: string, act: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return await act();
  await chown(folder, NOBODY, NOBODY);
  process.seteuid?.(NOBODY);
  try {
    await act();
  } finally {
    process.seteuid?.(0);
  }
}
