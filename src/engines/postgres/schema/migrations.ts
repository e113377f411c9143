/** @module The tables of the PostgreSQL engine, and the upgrades of older ones. */

import { qualified } from "./names.ts";

/**
 * Step n upgrades the tables from version n to version n + 1; all run in one transaction. Released steps are never
 * changed, and only add: nodes of the version before go on working beside.
 *
 * Documents are text: `jsonb` would refuse "\u0000", reorder members and drop doubles. Keys compare by bytes, so that
 * an operating system's new collation does not break their indexes. A row without a document is the tombstone of a
 * removal, kept for watchers until `removed_at` is old; in the history it prevents that its id is added again until
 * `expires_at`, and notes in `existed` whether the removal found a record. `xid` is the transaction that wrote the row
 * last: see `feed/snapshot.ts`. No column that a tick changes has an index, and half of each page is left free: then the
 * new version of a row stays on its page and no index is touched.
 */
export function migrations(schema: string): readonly string[] {
  const of = (table: string) => qualified(schema, table);
  return [
    `CREATE SEQUENCE ${of("version")};
     CREATE TABLE ${of("slot")} (
       key text COLLATE "C" PRIMARY KEY,
       version bigint NOT NULL,
       token text NOT NULL,
       xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
       doc text,
       removed_at timestamptz
     );
     CREATE INDEX slot_xid ON ${of("slot")} (xid);
     CREATE INDEX slot_removed ON ${of("slot")} (removed_at) WHERE removed_at IS NOT NULL;
     CREATE TABLE ${of("mark")} (
       key text COLLATE "C" PRIMARY KEY,
       version bigint NOT NULL,
       token text NOT NULL,
       doc text,
       removed_at timestamptz
     ) WITH (fillfactor = 50);
     CREATE INDEX mark_removed ON ${of("mark")} (removed_at) WHERE removed_at IS NOT NULL;
     CREATE TABLE ${of("saved")} (
       key text COLLATE "C" PRIMARY KEY,
       version bigint NOT NULL,
       token text NOT NULL,
       doc text NOT NULL
     );
     CREATE TABLE ${of("history")} (
       key text COLLATE "C" PRIMARY KEY,
       owner text COLLATE "C" NOT NULL,
       id text COLLATE "C" NOT NULL,
       version bigint NOT NULL,
       token text NOT NULL,
       requested_at double precision,
       expires_at double precision,
       kind text,
       state text,
       doc text,
       existed boolean
     );
     CREATE INDEX history_ids ON ${of("history")} (id);
     CREATE INDEX history_lists ON ${of("history")} (owner, requested_at DESC, id) WHERE doc IS NOT NULL;
     CREATE INDEX history_states ON ${of("history")} (state, requested_at DESC, id) WHERE doc IS NOT NULL;
     CREATE INDEX history_kinds ON ${of("history")} (kind, state, requested_at DESC, id) WHERE doc IS NOT NULL;
     CREATE INDEX history_expiry ON ${of("history")} (expires_at, key) WHERE doc IS NOT NULL;
     CREATE INDEX history_removed ON ${of("history")} (expires_at) WHERE doc IS NULL;
     CREATE TABLE ${of("member")} (
       node text COLLATE "C" PRIMARY KEY,
       announcement text NOT NULL,
       revision bigint NOT NULL,
       state text NOT NULL DEFAULT 'here',
       lock bigint,
       beat bigint NOT NULL DEFAULT 0,
       beat_at timestamptz NOT NULL DEFAULT clock_timestamp(),
       asked text,
       ask_id text,
       heard_id text
     ) WITH (fillfactor = 50);`,
    `ALTER TABLE ${of("schema_version")} ADD COLUMN cluster text NOT NULL DEFAULT gen_random_uuid()::text;`,
  ];
}

/** How many steps there are: the version of the tables that this release works with. */
export const SCHEMA_VERSION = 2;
