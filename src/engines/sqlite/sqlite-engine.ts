/** @module The engine `sqlite:DIR`: the processes of one machine share a folder, which survives them all. */

import { createHmac } from "node:crypto";
import { stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { CarryoutError, isCarryoutError, messageOf } from "../../errors.ts";
import { openDiskFileStore } from "../../files/disk/disk-file-store.ts";
import { DEFAULT_RESERVE_BYTES } from "../../files/disk/disk-room.ts";
import { makePrivateFolder } from "../../files/disk/private-folder.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Engine } from "../../ports/engine.ts";
import type { FileStore } from "../../ports/file-store.ts";
import { type Log, silentLog } from "../../telemetry/log.ts";
import { socketAddress } from "../mesh/address.ts";
import { removeDeadSockets } from "../mesh/dead-sockets.ts";
import { Mesh } from "../mesh/mesh.ts";
import { Hints } from "./hints.ts";
import { openSqliteMembership, type SqliteMembership } from "./members/sqlite-membership.ts";
import { RoomWatch } from "./room-watch.ts";
import { sharedSecret } from "./shared-secret.ts";
import { openDatabase } from "./sqlite-database.ts";
import { SequenceNotes } from "./sqlite-mark.ts";
import { openSqliteRepo } from "./sqlite-repo.ts";
import { WriteLockBreaker } from "./write-lock.ts";

export interface SqliteEngineOptions {
  /**
   * The data folder: `carryout.db`, `files/`, `nodes/`, `secret` and `ballast`. Created, for this user only, if
   * missing.
   */
  dir: string;
  clock: Clock;
  /** Silence after which a node is presumed gone. */
  leaseMs: number;
  /** What a power cut can lose: "normal" (default) the last seconds, "full" nothing, but writes wait for the disk. */
  synchronous?: "normal" | "full" | undefined;
  /** Instead of `DIR/files`. Closed with the engine. */
  files?: FileStore | undefined;
  /** Disk space in bytes that files leave for the records; at most a tenth of the disk. Default 64 MiB. */
  reserveBytes?: number | undefined;
  log?: Log | undefined;
  /** For an observer: rejects a folder without a cluster's data instead of creating one. */
  observer?: boolean | undefined;
}

/** A write waits at least this long beyond the lease, within which a frozen holder of the lock is found and killed. */
const WRITE_GRACE_MS = 5_000;
/** A write that waits longer is reported to operators. */
const WORRYING_WAIT_MS = 1_000;

/**
 * Opens the engine. Errors: `store-unusable` (the folder can't be created, entered or written), `store-corrupt`,
 * `unavailable`. On failure nothing is left open.
 */
export async function openSqliteEngine(options: SqliteEngineOptions): Promise<Engine> {
  const { clock, leaseMs, synchronous, log = silentLog, reserveBytes = DEFAULT_RESERVE_BYTES } = options;
  const dir = resolve(options.dir);
  const path = join(dir, "carryout.db");
  const addressOf = (incarnation: string) => socketAddress(dir, incarnation);
  await using opening = new AsyncDisposableStack();
  if (options.files) opening.defer(() => options.files?.close());
  const sockets = dirname(addressOf("any"));
  await prepareFolders(dir, { path, sockets, observer: options.observer === true, log });

  const mesh = new Mesh({ id: clock.id(), log });
  opening.defer(() => mesh.close());
  const lock = new LockWatch(clock);
  let membership: SqliteMembership | null = null;
  const breaker = new WriteLockBreaker({
    databasePath: path,
    leaseMs,
    log,
    silentProcesses: () => membership?.wire.silentProcesses() ?? [],
  });
  const room = opening.adopt(new RoomWatch({ dir, reserveBytes, clock, log }), (it) => it.close());
  const hints = new Hints({ mesh, clock, isLooking: () => repo.isLooking });
  const repo = await openSqliteRepo({
    path,
    clock,
    synchronous,
    busyLimitMs: leaseMs + WRITE_GRACE_MS,
    onCommit: (changed) => {
      lock.free();
      hints.committed(changed);
    },
    onLooking: () => hints.looking(),
    onBusy: (sinceMs) => {
      lock.waiting(sinceMs);
      breaker.waiting(sinceMs);
    },
    onFull: (isWorthRoom) => room.full(isWorthRoom),
  });
  opening.defer(() => repo.close());
  const notes = new SequenceNotes({ path, sequence: () => repo.sequence(), clock, log });
  if (!options.observer) {
    notes.start();
    opening.defer(() => (repo.misplaced() === null ? notes.close() : undefined));
  }
  // The files next to a database that no longer belongs to this node are foreign as well.
  const refusal = () => repo.misplaced();
  const own = { root: join(dir, "files"), synchronous, reserveBytes, refusal, clock, log };
  const files = options.files ?? (await openDiskFileStore(own));
  if (!options.files) opening.defer(() => files.close());
  opening.defer(() => hints.close());
  hints.open((changed, from) => {
    repo.hint(changed);
    membership?.wire.sawAtWork(from);
  });
  const secret = await sharedSecret(join(dir, "secret"));
  const database = await openDatabase({ path, clock, check: false });
  membership = await openSqliteMembership({
    ...{ database, mesh, addressOf, clock, log, leaseMs },
    onFull: () => room.full(true),
  });
  opening.defer(() => membership?.close());
  // After the membership has checked the others, because a socket that refuses connections is a sign of death to it.
  if (!options.observer && process.platform !== "win32") await removeDeadSockets(sockets);

  if (!options.observer) room.start();

  const closing = opening.move();
  let closed: Promise<void> | null = null;
  return {
    name: `sqlite:${options.dir}`,
    repo,
    membership,
    files,
    secret,
    // Copies of the folder have the same.
    cluster: createHmac("sha256", secret).update("carryout cluster").digest("base64url").slice(0, 22),
    trouble: () => {
      if (closed) return "the engine is closed";
      return repo.misplaced() ?? lock.trouble();
    },
    shortage: () => room.shortage(),
    close: () => {
      closed ??= closing.disposeAsync();
      return closed;
    },
  };
}

async function prepareFolders(
  dir: string,
  { path, sockets, observer, log }: { path: string; sockets: string; observer: boolean; log: Log },
): Promise<void> {
  if (observer && !(await isFile(path))) {
    throw new CarryoutError("store-unusable", `${dir} holds no cluster data: ${path} not found`);
  }
  try {
    if (!observer) await makePrivateFolder(dir, { mayBeLink: true, log });
    if (process.platform !== "win32") await makePrivateFolder(sockets);
  } catch (cause) {
    if (isCarryoutError(cause)) throw cause;
    throw new CarryoutError("store-unusable", `${dir} can't be used as a data folder: ${messageOf(cause)}`, {
      details: { path: dir },
      cause,
    });
  }
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** Remembers whether writes get through. */
class LockWatch {
  readonly #clock: Clock;
  #waitedMs = 0;
  #toldAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  waiting(sinceMs: number): void {
    this.#waitedMs = sinceMs;
    this.#toldAt = this.#clock.monotonic();
  }

  free(): void {
    this.#waitedMs = 0;
  }

  trouble(): string | null {
    // A waiting write reports many times a second; one that has been silent for a while has given up.
    const waits = this.#clock.monotonic() - this.#toldAt < WORRYING_WAIT_MS;
    if (!waits || this.#waitedMs < WORRYING_WAIT_MS) return null;
    return `the database has been locked by another process for ${Math.round(this.#waitedMs / 1_000)} s`;
  }
}
