/** @module The writes to the history in PostgreSQL. */

import type { Download } from "../../../download/download.ts";
import { downloadKey, idOf, ownerOf } from "../../../download/key.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Version } from "../../../ports/repo.ts";
import { qualified } from "../schema/names.ts";
import type { PostgresSession } from "../session/postgres-session.ts";
import { Batches, type BatchesOptions, type Write } from "./batches.ts";
import type { Reads } from "./reads.ts";
import { column } from "./record-table.ts";
import { checkSize } from "./storable.ts";
import { nextVersion, saltOf, type VersionOptions } from "./versions.ts";

/** How long a removed id can't be added again, by the server's time: a node may still be about to archive it. */
const KEPT_AWAY_MS = 2 * 3_600_000;

export interface HistoryWritesOptions extends VersionOptions {
  session: PostgresSession;
  reads: Reads;
  clock: Clock;
  closing: AbortSignal;
}

interface Put extends Write {
  readonly owner: string;
  readonly id: string;
  readonly salt: number;
  readonly requestedAt: number | null;
  readonly expiresAt: number | null;
  readonly kind: string;
  readonly state: string;
  readonly text: string;
}

type Update = Put & { readonly expected: Version };
type Removal = Pick<Put, "key" | "token" | "size" | "owner" | "id" | "salt">;

const CONTENTS = [
  "key",
  "owner",
  "id",
  "salt",
  "token",
  "requestedAt",
  "expiresAt",
  "kind",
  "state",
  "text",
] as const;

export class HistoryWrites {
  readonly #options: HistoryWritesOptions;
  readonly #puts: Batches<Put, boolean>;
  readonly #updates: Batches<Update, Version>;
  readonly #removals: Batches<Removal, boolean>;

  constructor(options: HistoryWritesOptions) {
    this.#options = options;
    const { schema, session, clock, closing } = options;
    const common = { session, clock, closing };
    const update = updateStatement(options);
    this.#puts = new Batches<Put, boolean>({
      ...common,
      ...this.#answering(putStatement(options), CONTENTS),
    });
    this.#updates = new Batches<Update, Version>({
      ...common,
      run: async (writes) => {
        const values = [...CONTENTS, "expected" as const].map((name) => column(writes, name));
        return versionsOf(await session.query(update, values));
      },
      readBack: async (writes) => {
        const values = [column(writes, "key"), column(writes, "token")];
        const text = `SELECT token, version FROM ${qualified(schema, "history")} WHERE key = ANY($1) AND token = ANY($2)`;
        return versionsOf(await options.reads.ask(text, values));
      },
    });
    const removed = ["key", "owner", "id", "salt", "token"] as const;
    this.#removals = new Batches<Removal, boolean>({
      ...common,
      ...this.#answering(removeStatement(options), removed),
    });
  }

  /** True if the record is in the history now, false if its id was removed from it. */
  async put(download: Download, text: string): Promise<boolean> {
    return (await this.#puts.ask(this.#put(download, text))) === true;
  }

  async update(download: Download, text: string, expected: Version): Promise<Version | null> {
    const put = this.#put(download, text);
    return await this.#updates.ask({ ...put, expected: Number.isSafeInteger(expected) ? expected : -1 });
  }

  /** True if it existed. Either way its id can't be added for a while. */
  async remove(key: string): Promise<boolean> {
    return (await this.#removals.ask(this.#removal(key))) === true;
  }

  #removal(key: string): Removal {
    const { clock } = this.#options;
    const { length: size } = key;
    return { key, owner: ownerOf(key), id: idOf(key), token: clock.id(), salt: saltOf(clock), size };
  }

  #put({ user, id, requestedAt, expiresAt, kind, state }: Download, text: string): Put {
    const key = downloadKey(user, id);
    checkSize(key, text);
    return {
      ...this.#removal(key),
      requestedAt,
      expiresAt,
      kind,
      state,
      text,
      size: key.length + text.length,
    };
  }

  /** For statements that can be repeated, and then give the same answer. */
  #answering<Item extends Write>(
    statement: string,
    names: readonly (keyof Item)[],
  ): Pick<BatchesOptions<Item, boolean>, "run" | "readBack"> {
    const { session } = this.#options;
    return {
      run: async (writes) => {
        const values = names.map((name) => column(writes, name));
        const rows = await session.query<{ key: string; answer: boolean }>(statement, values);
        const answers = new Map(rows.map(({ key, answer }) => [key, answer]));
        return new Map(writes.map(({ key, token }) => [token, answers.get(key) ?? false]));
      },
      readBack: async () => new Map(),
    };
  }
}

function versionsOf(rows: readonly object[]): Map<string, Version> {
  return new Map(
    (rows as { token: string; version: string }[]).map(({ token, version }) => [token, Number(version)]),
  );
}

/** A record that exists is written unchanged: only this tells whether it has a document, even if it was added just now. */
function putStatement(options: VersionOptions): string {
  return `INSERT INTO ${qualified(options.schema, "history")} AS h
      (key, owner, id, version, token, requested_at, expires_at, kind, state, doc)
    SELECT x.key, x.owner, x.id, ${nextVersion(options, "x.salt")}, x.token, x.requested_at, x.expires_at,
      x.kind, x.state, x.doc
    FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::double precision[],
      $7::double precision[], $8::text[], $9::text[], $10::text[])
      AS x (key, owner, id, salt, token, requested_at, expires_at, kind, state, doc)
    ORDER BY x.key COLLATE "C"
    ON CONFLICT (key) DO UPDATE SET version = h.version
    RETURNING h.key, h.doc IS NOT NULL AS answer`;
}

/** As for the other tables: see `record-table.ts`. */
function updateStatement(options: VersionOptions): string {
  const name = qualified(options.schema, "history");
  return `WITH l AS MATERIALIZED (
      SELECT a.key, x.salt, x.token, x.requested_at, x.expires_at, x.kind, x.state, x.doc
      FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::double precision[],
        $7::double precision[], $8::text[], $9::text[], $10::text[], $11::bigint[])
        AS x (key, owner, id, salt, token, requested_at, expires_at, kind, state, doc, version)
      JOIN ${name} a ON a.key = x.key AND a.version = x.version AND a.doc IS NOT NULL
      ORDER BY a.key FOR NO KEY UPDATE OF a)
    UPDATE ${name} a SET version = ${nextVersion(options, "l.salt")}, token = l.token,
      requested_at = l.requested_at, expires_at = l.expires_at, kind = l.kind, state = l.state, doc = l.doc
    FROM l WHERE a.key = l.key RETURNING a.token, a.version`;
}

/** Repeated with the same token, it gives the same answer. */
function removeStatement(options: VersionOptions): string {
  const until = `extract(epoch FROM now()) * 1000 + ${KEPT_AWAY_MS}`;
  return `INSERT INTO ${qualified(options.schema, "history")} AS h (key, owner, id, version, token, expires_at, existed)
    SELECT x.key, x.owner, x.id, ${nextVersion(options, "x.salt")}, x.token, ${until}, false
    FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[]) AS x (key, owner, id, salt, token)
    ORDER BY x.key COLLATE "C"
    ON CONFLICT (key) DO UPDATE SET version = ${nextVersion(options, "excluded.version")}, token = excluded.token,
      doc = NULL, expires_at = CASE WHEN h.doc IS NULL THEN greatest(h.expires_at, excluded.expires_at)
        ELSE excluded.expires_at END,
      existed = CASE WHEN h.token = excluded.token THEN h.existed ELSE h.doc IS NOT NULL END
    RETURNING h.key, h.existed AS answer`;
}
