/** @module The secret that the processes of one data folder share. */

import { randomBytes } from "node:crypto";
import { chmod, link, open, readFile, rm, stat } from "node:fs/promises";
import { CarryoutError, messageOf } from "../../errors.ts";

/** 32 random bytes, base64url. */
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/**
 * Reads the secret, or creates it if missing: concurrent callers get the same one. The file is readable only by this
 * user. A crash midway leaves no secret, but a temporary file. Errors: `store-unusable`.
 */
export async function sharedSecret(path: string): Promise<string> {
  try {
    const secret = (await readSecret(path)) ?? (await makeSecret(path));
    if (SECRET.test(secret)) return secret;
  } catch (cause) {
    throw new CarryoutError("store-unusable", `the secret can't be stored in ${path}: ${messageOf(cause)}`, {
      cause,
    });
  }
  throw new CarryoutError(
    "store-unusable",
    `${path} must hold the 43 characters that Carryout wrote, but holds something else. Restore it, or remove it to create a new secret, which signs everyone out.`,
  );
}

async function readSecret(path: string): Promise<string | null> {
  try {
    // A copied or restored file may be readable by others. One of another user is rejected, since that user knows it.
    if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o600);
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

async function makeSecret(path: string): Promise<string> {
  const own = randomBytes(32).toString("base64url");
  const temporary = `${path}.${randomBytes(6).toString("hex")}.new`;
  try {
    const file = await open(temporary, "wx", 0o600);
    await file.writeFile(`${own}\n`);
    await file.sync();
    await file.close();
    // Unlike a rename, a link fails if another process was first; and it never exposes half a file.
    await link(temporary, path);
    return own;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return await readFile(path, "utf8").then((text) => text.trim());
  } finally {
    await rm(temporary, { force: true });
  }
}
