/** @module Opens the embedded engine's database file, and rejects foreign, damaged or newer ones. */

import { access, chmod, constants, mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isCarryoutError, messageOf } from "../../errors.ts";
import { corrupt, isBusy, translated, unusable } from "./sqlite-errors.ts";
import { readMark, refuseOlder } from "./sqlite-mark.ts";
import { LockPatience, type LockPatienceOptions } from "./sqlite-patience.ts";
import { APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION } from "./sqlite-schema.ts";

export interface DatabaseOptions extends LockPatienceOptions {
  path: string;
  /**
   * What a power cut can lose: with "normal" (default) the last commits, never the file's integrity; with "full"
   * nothing, at the price of waiting for the disk in every commit. Killing a process loses nothing in either mode.
   */
  synchronous?: "normal" | "full" | undefined;
  /** Whether to read through the whole file first (its time grows with the file). Default true; false for a second connection. */
  check?: boolean | undefined;
}

/**
 * Opens the file, creates it if it does not exist, and upgrades an older one to this version. Processes that open a new
 * folder at the same time agree on one. Errors: `store-corrupt` (damaged, not a database, or older than what the folder
 * had), `store-unusable` (can't be written, from a newer version, from another application), `unavailable` (locked for
 * longer than `busyLimitMs`). A refused file is left unchanged; a crash midway leaves the old version or the new one.
 */
export async function openDatabase(options: DatabaseOptions): Promise<DatabaseSync> {
  const { path, synchronous = "normal", check = true } = options;
  const patience = new LockPatience(options);
  let database: DatabaseSync | undefined;
  try {
    await mkdir(dirname(path), { recursive: true });
    await refuseLogWithoutDatabase(path);
    const mark = check ? await readMark(path) : 0;
    // Before SQLite creates a new file in place of a missing one.
    if ((await sizeOf(path)) === 0) refuseOlder(path, 0, mark);
    const opened = new DatabaseSync(path);
    database = opened;
    // SQLite would open it read-only, and every write would fail later.
    await access(path, constants.W_OK);
    // Records contain users' requests, so only this user may read them. The log and its index inherit the mode.
    if (process.platform !== "win32") await chmod(path, 0o600);
    const version = await patience.run(() => versionOfOurs(opened, path));
    if (check) await patience.run(() => refuseDamaged(opened, path));
    if (mark > 0) await patience.run(() => refuseOlder(path, version > 0 ? sequenceOf(opened) : 0, mark));
    await patience.run(() => useWriteAheadLog(opened, path));
    opened.exec(`PRAGMA synchronous = ${synchronous === "full" ? "FULL" : "NORMAL"}`);
    if (version < SCHEMA_VERSION) {
      await patience.run(() => inTransaction(opened, "IMMEDIATE", () => migrate(opened)));
    }
    return opened;
  } catch (error) {
    database?.close();
    throw openingError(error, path);
  }
}

/** SQLite would treat a lost main file as a fresh start and discard the log with all its records. */
async function refuseLogWithoutDatabase(path: string): Promise<void> {
  // Checks the log first: it is only created after the main file has its first page.
  const logBytes = await sizeOf(`${path}-wal`);
  if (logBytes === 0 || (await sizeOf(path)) > 0) return;
  throw corrupt(path, `it is empty or missing, but ${path}-wal holds ${logBytes} bytes of changes`);
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}

/** The schema version of the file, 0 if it is empty. Throws if this version must not touch the file. */
function versionOfOurs(database: DatabaseSync, path: string): number {
  const { owner, version, tables } = inTransaction(database, "DEFERRED", () => ({
    owner: pragma(database, "application_id"),
    version: Number(pragma(database, "user_version")),
    tables: database.prepare("SELECT count(*) AS tables FROM sqlite_schema").get()?.tables,
  }));
  const fresh = owner === 0 && version === 0 && tables === 0;
  if (!fresh && owner !== APPLICATION_ID) {
    throw unusable(path, "it belongs to another application");
  }
  if (version <= SCHEMA_VERSION) return version;
  throw unusable(
    path,
    `its schema version ${version} is from a newer Carryout; this version supports up to ${SCHEMA_VERSION}`,
  );
}

function sequenceOf(database: DatabaseSync): number {
  return Number(database.prepare("SELECT value FROM meta WHERE name = 'sequence'").get()?.value);
}

function refuseDamaged(database: DatabaseSync, path: string): void {
  const found = pragma(database, "quick_check(1)");
  if (found !== "ok") throw corrupt(path, String(found));
}

function useWriteAheadLog(database: DatabaseSync, path: string): void {
  const mode = pragma(database, "journal_mode = WAL");
  if (mode !== "wal") {
    throw unusable(path, `its file system does not support a write-ahead log (journal mode is "${mode}")`);
  }
}

/** Another process may have done it meanwhile. */
function migrate(database: DatabaseSync): void {
  const version = Number(pragma(database, "user_version"));
  if (version >= SCHEMA_VERSION) return;
  for (const step of MIGRATIONS.slice(version)) {
    if (typeof step === "string") database.exec(step);
    else step(database);
  }
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
}

function inTransaction<Result>(
  database: DatabaseSync,
  kind: "DEFERRED" | "IMMEDIATE",
  work: () => Result,
): Result {
  database.exec(`BEGIN ${kind}`);
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** The single value of a pragma. */
function pragma(database: DatabaseSync, text: string): unknown {
  const row = database.prepare(`PRAGMA ${text}`).get();
  return row === undefined ? undefined : Object.values(row)[0];
}

function openingError(error: unknown, path: string): unknown {
  if (isCarryoutError(error)) return error;
  const translation = translated(error, path);
  if (isBusy(error) || isCarryoutError(translation, "store-corrupt")) {
    return translation;
  }
  return unusable(path, messageOf(error), error);
}
