/** @module A backup of a data folder, made while its nodes run. */

import { copyFile, mkdir, readdir } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CarryoutError, isCarryoutError, messageOf } from "../../errors.ts";
import { filesIn } from "../../files/disk/disk-folders.ts";
import { makePrivateFolder, PRIVATE_FOLDER } from "../../files/disk/private-folder.ts";

export interface BackupOptions {
  /** The data folder. */
  dir: string;
  /** Where the parts are. Default `DIR/files`. */
  files?: string | undefined;
  /** A folder that is empty or does not exist yet. */
  to: string;
}

export interface Backup {
  files: number;
}

/** Shared by the nodes of the folder; each may be missing. */
const SECRETS = ["secret", "operator-token"];

/**
 * Copies a consistent snapshot of the records, and then the files that they name. Files removed meanwhile are left out;
 * only their users remove files without a grace period. The copy is an ordinary data folder, accessible only to this
 * user. Nodes keep writing; a crash leaves half a backup, which is rejected as a target. Errors: `store-unusable`.
 */
export async function backUp({ dir, files = join(dir, "files"), to }: BackupOptions): Promise<Backup> {
  try {
    await makePrivateFolder(to, { mayBeLink: true });
    if ((await readdir(to)).length > 0) throw new CarryoutError("store-unusable", `${to} must be empty`);
    copyRecords(join(dir, "carryout.db"), join(to, "carryout.db"));
    for (const name of SECRETS) await copyUnlessGone(join(dir, name), join(to, name));
    let copied = 0;
    for await (const path of filesIn(resolve(files))) {
      const target = join(to, "files", relative(resolve(files), path));
      await mkdir(dirname(target), { recursive: true, mode: PRIVATE_FOLDER });
      if (await copyUnlessGone(path, target)) copied += 1;
    }
    return { files: copied };
  } catch (error) {
    if (isCarryoutError(error)) throw error;
    throw new CarryoutError("store-unusable", `${dir} can't be copied to ${to}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** One read transaction of SQLite: includes changes that are only in the log, and blocks no writer. */
function copyRecords(from: string, to: string): void {
  const database = new DatabaseSync(from, { readOnly: true });
  try {
    database.prepare("VACUUM INTO ?").run(to);
  } finally {
    database.close();
  }
}

async function copyUnlessGone(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
