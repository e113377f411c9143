/** @module The work on downloads in SQLite: small rows, written in the transactions of their turn. */

import type { StatementSync } from "node:sqlite";
import { ownerOf, userPrefix } from "../../download/key.ts";
import type { Mark, Saved } from "../../download/work.ts";
import { encodeMark, encodeSaved } from "../../download/work-codec.ts";
import { type Claim, isOfLaterVersion, type Version } from "../../ports/repo.ts";
import {
  isDamagedMark,
  isDamagedSaved,
  type KeyedText,
  marksOf,
  type Text,
  workOf,
} from "../../ports/stored-text.ts";
import type { StoredMark, StoredWork, Work, WorkEvent } from "../../ports/work.ts";
import type { SqliteChanges } from "./sqlite-changes.ts";
import { translated } from "./sqlite-errors.ts";
import type { FacetContext } from "./sqlite-slots.ts";
import type { Watched } from "./sqlite-writes.ts";

/** The statements of one of the two tables. */
interface Part {
  get: StatementSync;
  insert: StatementSync;
  update: StatementSync;
  /** Whatever is there. */
  put: StatementSync;
  /** What watchers see of it. */
  changes: readonly Watched[];
  isDamaged(text: string): boolean;
}

export class SqliteWork implements Work {
  readonly #context: FacetContext;
  readonly #changes: SqliteChanges<WorkEvent>;
  readonly #marks: Part;
  readonly #saved: Part;
  readonly #byRange: StatementSync;
  readonly #keys: StatementSync;
  readonly #bury: StatementSync;
  readonly #clear: StatementSync;
  readonly #drop: StatementSync;

  constructor(context: FacetContext, changes: SqliteChanges<WorkEvent>) {
    const { database } = context;
    this.#context = context;
    this.#changes = changes;
    this.#marks = {
      get: database.prepare("SELECT version, record AS text FROM marks WHERE key = ? AND record IS NOT NULL"),
      insert: database.prepare(
        `INSERT INTO marks (version, key, record) VALUES (?1, ?2, ?3)
         ON CONFLICT (key) DO UPDATE SET version = ?1, record = ?3 WHERE record IS NULL`,
      ),
      update: database.prepare(
        "UPDATE marks SET version = ?, record = ? WHERE version = ? AND key = ? AND record IS NOT NULL",
      ),
      put: database.prepare(
        `INSERT INTO marks (version, key, record) VALUES (?1, ?2, ?3)
         ON CONFLICT (key) DO UPDATE SET version = ?1, record = ?3`,
      ),
      changes: ["marks"],
      isDamaged: isDamagedMark,
    };
    this.#saved = {
      get: database.prepare("SELECT version, record AS text FROM saved WHERE key = ?"),
      insert: database.prepare(
        "INSERT INTO saved (version, key, record) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING",
      ),
      update: database.prepare("UPDATE saved SET version = ?, record = ? WHERE version = ? AND key = ?"),
      put: database.prepare("REPLACE INTO saved (version, key, record) VALUES (?, ?, ?)"),
      changes: [],
      isDamaged: isDamagedSaved,
    };
    this.#byRange = database.prepare(
      `SELECT key, version, record AS text FROM marks WHERE key >= ? AND key < ? AND record IS NOT NULL`,
    );
    this.#keys = database.prepare(
      "SELECT key FROM marks WHERE record IS NOT NULL UNION SELECT key FROM saved",
    );
    this.#bury = database.prepare(
      `INSERT INTO marks (version, key) VALUES (?1, ?2)
       ON CONFLICT (key) DO UPDATE SET version = ?1, record = NULL`,
    );
    this.#clear = database.prepare(
      "UPDATE marks SET version = ?, record = NULL WHERE key = ? AND record IS NOT NULL",
    );
    this.#drop = database.prepare("DELETE FROM saved WHERE key = ?");
  }

  async fetch(key: string): Promise<StoredWork> {
    return await this.#context.reads.read(() => this.#stored(key));
  }

  async list(user: string): Promise<StoredMark[]> {
    const prefix = userPrefix(user);
    const rows = await this.#context.reads.read(() => this.#byRange.all(prefix, `${prefix.slice(0, -1)}/`));
    return marksOf(rows as unknown as KeyedText[]);
  }

  async keys(): Promise<string[]> {
    const rows = await this.#context.reads.read(() => this.#keys.all());
    return rows.map(({ key }) => String(key));
  }

  advance(key: string, mark: Mark, version: Version | null): Promise<Version | null> {
    return this.#write(this.#marks, key, encodeMark(mark), version);
  }

  save(key: string, saved: Saved, version: Version | null): Promise<Version | null> {
    return this.#write(this.#saved, key, encodeSaved(saved), version);
  }

  async remove(key: string): Promise<void> {
    const { reads, writes } = this.#context;
    reads.checkUsable();
    await writes.ask({ removesFrom: "marks", changes: ["marks"] }, (next) => {
      this.#drop.run(key);
      return this.#bury.run(next, key).changes === 1;
    });
  }

  async *watch(user: string | null, signal: AbortSignal): AsyncGenerator<WorkEvent, void, void> {
    const { reads, path } = this.#context;
    reads.checkOpen();
    const owner = user === null ? null : ownerOf(userPrefix(user));
    try {
      yield* this.#changes.watch(owner, signal);
    } catch (error) {
      throw translated(error, path);
    }
  }

  /**
   * In a transaction: replaces what is stored by what `take` returns for it. Null, and nothing changes, if that is null
   * or if a later version of Carryout wrote it.
   */
  take(key: string, take: Claim["take"], next: Version): StoredWork | null {
    const stored = unlessNewer(() => this.#stored(key));
    const taken = stored && take(stored);
    if (!taken) return null;
    this.#marks.put.run(next, key, encodeMark(taken.mark));
    this.#saved.put.run(next, key, encodeSaved(taken.saved));
    return { mark: { version: next, value: taken.mark }, saved: { version: next, value: taken.saved } };
  }

  /** In a transaction: removes the row if it exists. */
  clear(key: string, next: Version): void {
    this.#drop.run(key);
    this.#clear.run(next, key);
  }

  #stored(key: string): StoredWork {
    const [mark, saved] = [this.#marks, this.#saved].map(({ get }) => get.get(key) as Text | undefined);
    return workOf(key, mark, saved);
  }

  async #write(part: Part, key: string, text: string, version: Version | null): Promise<Version | null> {
    const { reads, writes } = this.#context;
    reads.checkUsable();
    const replace = (expected: Version) =>
      writes.ask(
        { changes: part.changes },
        (next) => part.update.run(next, text, expected, key).changes === 1,
      );
    if (version !== null) return await replace(version);
    const created = await writes.ask(
      { isNew: true, changes: part.changes },
      (next) => part.insert.run(next, key, text).changes === 1,
    );
    if (created !== null) return created;
    const present = (await reads.read(() => part.get.get(key))) as Text | undefined;
    const isTaken = present === undefined || !part.isDamaged(present.text);
    return isTaken ? null : await replace(present.version);
  }
}

function unlessNewer<Value>(read: () => Value): Value | null {
  try {
    return read();
  } catch (error) {
    if (isOfLaterVersion(error)) return null;
    throw error;
  }
}
