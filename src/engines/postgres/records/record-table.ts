/** @module The conditional writes to a table of documents: slots, marks, saved states. */

import type { Clock } from "../../../ports/clock.ts";
import type { Version } from "../../../ports/repo.ts";
import type { KeyedText } from "../../../ports/stored-text.ts";
import { qualified } from "../schema/names.ts";
import { divided, Gathering } from "../session/gathering.ts";
import type { PostgresSession } from "../session/postgres-session.ts";
import { Batches, type Write } from "./batches.ts";
import type { Reads } from "./reads.ts";
import { checkSize, isStorable } from "./storable.ts";
import { nextVersion, saltOf, type VersionOptions } from "./versions.ts";

/** A row as it was written. `xid` is the transaction that did, for tables that keep it. */
export interface Written {
  readonly key: string;
  readonly version: Version;
  readonly xid: string | null;
  readonly text: string | null;
}

export interface RecordTableOptions extends VersionOptions {
  table: "slot" | "mark" | "saved";
  session: PostgresSession;
  reads: Reads;
  clock: Clock;
  closing: AbortSignal;
  isDamaged(key: string, text: string): boolean;
  /** See `Batches`. */
  paceMs?: number;
  /** Called for each write that was applied, before its caller has the answer. Must not throw. */
  onWritten?(written: Written): void;
}

interface DocumentWrite extends Write {
  readonly salt: number;
  readonly text: string | null;
}

type Replacement = DocumentWrite & { readonly expected: Version };

interface Row {
  token: string;
  version: string;
  xid?: string;
}

interface DocumentRow {
  at: number;
  key: string;
  version: string;
  text: string;
}

/** The columns that only some tables have. */
const COLUMNS = {
  slot: { keepsXid: true, leavesTombstones: true },
  mark: { keepsXid: false, leavesTombstones: true },
  saved: { keepsXid: false, leavesTombstones: false },
};

export class RecordTable {
  readonly #options: RecordTableOptions;
  readonly #name: string;
  readonly #inserts: Batches<DocumentWrite, Version>;
  readonly #replacements: Batches<Replacement, Version>;
  readonly #byKey: Gathering<string, KeyedText[]>;
  readonly #byPrefix: Gathering<string, KeyedText[]>;

  constructor(options: RecordTableOptions) {
    this.#options = options;
    this.#name = qualified(options.schema, options.table);
    const { session, clock, closing, paceMs = 0 } = options;
    const readBack = (writes: readonly DocumentWrite[]) => this.#readBack(writes);
    const common = { session, clock, closing, paceMs, readBack };
    const insert = insertStatement(options);
    const replace = replaceStatement(options);
    this.#inserts = new Batches<DocumentWrite, Version>({
      ...common,
      run: (writes) => this.#send(insert, writes, [column(writes, "key"), ...contentsOf(writes)]),
    });
    this.#replacements = new Batches<Replacement, Version>({
      ...common,
      run: (writes) =>
        this.#send(replace, writes, [
          column(writes, "key"),
          column(writes, "expected"),
          ...contentsOf(writes),
        ]),
    });
    this.#byKey = new Gathering((keys) =>
      this.#read("unnest($1::text[]) WITH ORDINALITY AS o (key, at)", "a.key = o.key", [keys]),
    );
    // "/" follows "." in ASCII: between the two are all keys with the prefix.
    this.#byPrefix = new Gathering((prefixes) =>
      this.#read(
        "unnest($1::text[], $2::text[]) WITH ORDINALITY AS o (first, beyond, at)",
        "a.key >= o.first AND a.key < o.beyond",
        [prefixes, prefixes.map((prefix) => `${prefix.slice(0, -1)}/`)],
      ),
    );
  }

  get silentMs(): number {
    return Math.max(this.#inserts.silentMs, this.#replacements.silentMs);
  }

  async get(key: string): Promise<KeyedText | undefined> {
    if (!isStorable(key)) return undefined;
    const [row] = await this.#byKey.ask(key);
    return row;
  }

  /** With keys from this prefix, which ends with ".". */
  async ofPrefix(prefix: string): Promise<KeyedText[]> {
    return await this.#byPrefix.ask(prefix);
  }

  /** Writes if the key has no record, or a damaged one: the version, or null. */
  async insert(key: string, text: string): Promise<Version | null> {
    const version = await this.#inserts.ask(this.#write(key, text));
    if (version !== null) return version;
    const present = await this.get(key);
    const isTaken = present === undefined || !this.#options.isDamaged(key, present.text);
    return isTaken ? null : await this.replace(key, text, present.version);
  }

  /** Writes, or removes for null, if the record still has this version: the new version, or null. */
  async replace(
    key: string,
    text: string | null,
    expected: Version,
    options?: { isUrgent: boolean },
  ): Promise<Version | null> {
    if (!isStorable(key) || !Number.isSafeInteger(expected)) return null;
    return await this.#replacements.ask({ ...this.#write(key, text), expected }, options);
  }

  #write(key: string, text: string | null): DocumentWrite {
    checkSize(key, text);
    const { clock } = this.#options;
    return { key, text, token: clock.id(), salt: saltOf(clock), size: key.length + (text?.length ?? 0) };
  }

  async #send(
    statement: string,
    writes: readonly DocumentWrite[],
    values: readonly unknown[],
  ): Promise<Map<string, Version>> {
    const rows = await this.#options.session.query<Row>(statement, values);
    return this.#applied(rows, writes);
  }

  async #readBack(writes: readonly DocumentWrite[]): Promise<Map<string, Version>> {
    const xid = COLUMNS[this.#options.table].keepsXid ? ", xid" : "";
    const rows = await this.#options.reads.ask<Row>(
      `SELECT token, version${xid} FROM ${this.#name} WHERE key = ANY($1) AND token = ANY($2)`,
      [column(writes, "key"), column(writes, "token")],
    );
    return this.#applied(rows, writes);
  }

  #applied(rows: readonly Row[], writes: readonly DocumentWrite[]): Map<string, Version> {
    const versions = new Map<string, Version>();
    const byToken = new Map(writes.map((write) => [write.token, write]));
    for (const { token, version, xid = null } of rows) {
      const write = byToken.get(token);
      if (write === undefined) continue;
      versions.set(token, Number(version));
      this.#options.onWritten?.({ key: write.key, version: Number(version), xid, text: write.text });
    }
    return versions;
  }

  /** What each question `o` finds. */
  async #read(
    questions: string,
    condition: string,
    values: readonly [readonly string[], ...unknown[]],
  ): Promise<KeyedText[][]> {
    const rows = await this.#options.reads.ask<DocumentRow>(
      `SELECT o.at::int AS at, a.key, a.version, a.doc AS text
       FROM ${questions} JOIN ${this.#name} a ON ${condition} AND a.doc IS NOT NULL`,
      values,
    );
    return divided(rows, values[0].length).map((found) =>
      found.map(({ key, version, text }) => ({ key, version: Number(version), text })),
    );
  }
}

/** A write to a tombstone takes a second value: the sequence may have given the first before the tombstone's was used. */
function insertStatement(options: RecordTableOptions): string {
  const { schema, table } = options;
  const { keepsXid, leavesTombstones } = COLUMNS[table];
  const over = `DO UPDATE SET version = ${nextVersion(options, "excluded.version")}, token = excluded.token,
      doc = excluded.doc, removed_at = NULL${keepsXid ? ", xid = pg_current_xact_id()" : ""} WHERE a.doc IS NULL`;
  return `INSERT INTO ${qualified(schema, table)} AS a (key, version, token, doc)
    SELECT x.key, ${nextVersion(options, "x.salt")}, x.token, x.doc
    FROM unnest($1::text[], $2::int[], $3::text[], $4::text[]) AS x (key, salt, token, doc) ORDER BY x.key COLLATE "C"
    ON CONFLICT (key) ${leavesTombstones ? over : "DO NOTHING"}
    RETURNING a.token, a.version${keepsXid ? ", a.xid" : ""}`;
}

/**
 * Locks the rows in order of their keys, with the conditions: two nodes that write the same rows in different orders
 * would end in a deadlock, which is found only after a second. The new values must be in the same part: a row that
 * changed while its lock was waited for is compared again there, and nowhere else.
 */
function replaceStatement(options: RecordTableOptions): string {
  const { schema, table } = options;
  const { keepsXid, leavesTombstones } = COLUMNS[table];
  const name = qualified(schema, table);
  return `WITH l AS MATERIALIZED (
      SELECT a.key, x.salt, x.token, x.doc
      FROM unnest($1::text[], $2::bigint[], $3::int[], $4::text[], $5::text[]) AS x (key, version, salt, token, doc)
      JOIN ${name} a ON a.key = x.key AND a.version = x.version AND a.doc IS NOT NULL
      ORDER BY a.key FOR NO KEY UPDATE OF a)
    UPDATE ${name} a SET version = ${nextVersion(options, "l.salt")}, token = l.token, doc = l.doc
      ${leavesTombstones ? ", removed_at = CASE WHEN l.doc IS NULL THEN now() END" : ""}
      ${keepsXid ? ", xid = pg_current_xact_id()" : ""}
    FROM l WHERE a.key = l.key
    RETURNING a.token, a.version${keepsXid ? ", a.xid" : ""}`;
}

function contentsOf(writes: readonly DocumentWrite[]): unknown[][] {
  return [column(writes, "salt"), column(writes, "token"), column(writes, "text")];
}

/** One parameter of a statement over many writes. */
export function column<Item, Name extends keyof Item>(writes: readonly Item[], name: Name): Item[Name][] {
  return writes.map((write) => write[name]);
}
