/** @module The statements that read marks for watchers. */

import { ownerOf } from "../../../download/key.ts";
import type { Change } from "../../../ports/change-queue.ts";
import type { Version } from "../../../ports/repo.ts";
import { qualified } from "../schema/names.ts";
import { Gathering } from "../session/gathering.ts";
import type { PostgresSession } from "../session/postgres-session.ts";

/** For texts of changed marks, at a time. */
const TEXTS_AT_ONCE = 500;
const DEADLINE_MS = 10_000;

interface Row {
  key: string;
  version: string;
  text: string | null;
}

/** Of some owners (see `ownerOf`), or of all for null; with tombstones. */
export class MarkLooks {
  readonly #session: PostgresSession;
  readonly #marks: string;
  readonly #byOwner: Gathering<string, Change[]>;

  constructor({ session, schema }: { session: PostgresSession; schema: string }) {
    this.#session = session;
    this.#marks = qualified(schema, "mark");
    this.#byOwner = new Gathering(async (owners) => {
      const found = Map.groupBy(await this.#marksOf([...new Set(owners)]), ({ key }) => ownerOf(key));
      return owners.map((owner) => found.get(owner) ?? []);
    });
  }

  async marks(owners: readonly string[] | null): Promise<Change[]> {
    if (owners === null) return await this.#marksOf(null);
    return (await Promise.all(owners.map((owner) => this.#byOwner.ask(owner)))).flat();
  }

  async versions(owners: readonly string[] | null): Promise<Map<string, Version>> {
    const rows = await this.#read("a.key, a.version", owners);
    return new Map(rows.map(({ key, version }) => [key, Number(version)]));
  }

  async texts(keys: readonly string[]): Promise<Change[]> {
    const changes: Change[] = [];
    for (let at = 0; at < keys.length; at += TEXTS_AT_ONCE) {
      const rows = await this.#query(
        `SELECT key, version, doc AS text FROM ${this.#marks} WHERE key = ANY($1)`,
        [keys.slice(at, at + TEXTS_AT_ONCE)],
      );
      changes.push(...rows.map(changeOf));
    }
    return changes;
  }

  async #marksOf(owners: readonly string[] | null): Promise<Change[]> {
    return (await this.#read("a.key, a.version, a.doc AS text", owners)).map(changeOf);
  }

  #read(columns: string, owners: readonly string[] | null): Promise<Row[]> {
    if (owners === null) return this.#query(`SELECT ${columns} FROM ${this.#marks} a`, []);
    // "/" follows "." in ASCII: between the two are all keys of an owner.
    return this.#query(
      `SELECT ${columns} FROM unnest($1::text[]) AS o (owner)
       JOIN ${this.#marks} a ON a.key >= o.owner || '.' AND a.key < o.owner || '/'`,
      [owners],
    );
  }

  #query(text: string, values: readonly unknown[]): Promise<Row[]> {
    return this.#session.query<Row>(text, values, { deadlineMs: DEADLINE_MS });
  }
}

function changeOf({ key, version, text }: Row): Change {
  return { key, version: Number(version), text };
}
