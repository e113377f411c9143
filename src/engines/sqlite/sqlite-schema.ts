/** @module The tables of the embedded engine, and the upgrades of older files. */

import type { DatabaseSync } from "node:sqlite";
import { divideDownloads } from "./sqlite-division.ts";

/** Marks a file as ours: "CryO" in ASCII. */
export const APPLICATION_ID = 0x4372794f;

/**
 * Step n upgrades a file from version n to version n + 1. Released steps are never changed.
 *
 * `slots` and `marks` are ordered by version, so that the changes since a version are adjacent rows; a row without a
 * record is the tombstone of a removal, which shows it to other processes. A row of `history` without a record
 * prevents its id from being added again until `expires_at`. `meta` holds `sequence`, the last version assigned, and
 * `floor` and `marks floor`, the newest version of each table whose tombstone may be gone.
 */
export const MIGRATIONS: readonly (string | ((database: DatabaseSync) => void))[] = [
  `CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   INSERT INTO meta (name, value) VALUES ('sequence', 0), ('floor', 0);
   CREATE TABLE downloads (version INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, record TEXT) STRICT;
   CREATE INDEX tombstones ON downloads (version) WHERE record IS NULL;
   CREATE TABLE members (
     incarnation TEXT PRIMARY KEY,
     name TEXT NOT NULL,
     info TEXT NOT NULL,
     beat INTEGER NOT NULL,
     pid INTEGER,
     process_mark TEXT
   ) STRICT, WITHOUT ROWID;`,
  `ALTER TABLE downloads RENAME TO slots;
   INSERT INTO meta (name, value) VALUES ('marks floor', 0);
   CREATE TABLE marks (version INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, record TEXT) STRICT;
   CREATE INDEX marks_tombstones ON marks (version) WHERE record IS NULL;
   CREATE TABLE saved (key TEXT PRIMARY KEY, version INTEGER NOT NULL, record TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE history (
     key TEXT NOT NULL UNIQUE,
     owner TEXT NOT NULL,
     id TEXT NOT NULL,
     version INTEGER NOT NULL,
     requested_at REAL,
     expires_at REAL,
     record TEXT
   ) STRICT;
   CREATE INDEX history_ids ON history (id);
   CREATE INDEX history_lists ON history (owner, requested_at DESC, id) WHERE record IS NOT NULL;
   CREATE INDEX history_expiry ON history (expires_at) WHERE record IS NOT NULL;
   CREATE INDEX history_removed ON history (expires_at) WHERE record IS NULL;`,
  divideDownloads,
  // Virtual, so that rows are indexed as well that a process of the version before inserts.
  `ALTER TABLE history ADD COLUMN kind TEXT GENERATED ALWAYS AS
     (CASE WHEN json_valid(record) THEN CAST(json_extract(record, '$.kind') AS TEXT) END) VIRTUAL;
   ALTER TABLE history ADD COLUMN state TEXT GENERATED ALWAYS AS
     (CASE WHEN json_valid(record) THEN CAST(json_extract(record, '$.state') AS TEXT) END) VIRTUAL;
   CREATE INDEX history_states ON history (state, requested_at DESC, id) WHERE record IS NOT NULL;
   CREATE INDEX history_kinds ON history (kind, state, requested_at DESC, id) WHERE record IS NOT NULL;`,
  // A search without a kind merges the entries of all kinds, which are few: each index costs every download.
  `DROP INDEX history_states;`,
];

export const SCHEMA_VERSION = MIGRATIONS.length;
