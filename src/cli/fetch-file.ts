/** @module Writes a ready file to disk or standard output, and verifies it. */

import { createHash, randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import type { StoredFile } from "../download/download.ts";
import { CarryoutError } from "../errors.ts";
import type { Carryout } from "../tracker/carryout.ts";
import type { Terminal } from "./terminal.ts";

/**
 * The file appears under its name complete or not at all; an existing file is replaced. Fails if length or digest
 * differ from the record.
 */
export async function saveFile(
  carryout: Pick<Carryout, "read">,
  file: StoredFile,
  output: string,
  terminal: Terminal,
): Promise<void> {
  if (output === "-") return copy(carryout, file, (chunk) => terminal.bytes(chunk));
  const path = resolve(output);
  const unfinished = `${path}.${randomUUID()}.part`;
  const handle = await open(unfinished, "wx").catch((cause: NodeJS.ErrnoException) => {
    throw new CarryoutError("store-unusable", `${path} can't be written: ${cause.code ?? cause.message}`, {
      cause,
    });
  });
  try {
    await copy(carryout, file, async (chunk) => void (await handle.writeFile(chunk)));
    await handle.close();
    await rename(unfinished, path);
  } catch (error) {
    await handle.close();
    await rm(unfinished, { force: true });
    throw error;
  }
}

async function copy(
  carryout: Pick<Carryout, "read">,
  file: StoredFile,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<void> {
  const hash = createHash("sha256");
  for await (const chunk of carryout.read(file)) {
    hash.update(chunk);
    await write(chunk);
  }
  const sha256 = hash.digest("hex");
  if (sha256 !== file.sha256) {
    throw new CarryoutError(
      "store-corrupt",
      `${file.name} is damaged: its SHA-256 is ${sha256}, not ${file.sha256}`,
    );
  }
}
