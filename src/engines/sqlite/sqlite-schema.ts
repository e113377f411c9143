/** @module The tables of the embedded engine, and the upgrades of older files. */

/** Marks a file as ours: "CryO" in ASCII. */
export const APPLICATION_ID = 0x4372794f;

/**
 * Step n upgrades a file from version n to version n + 1. Released steps are never changed.
 *
 * `downloads` is ordered by version, so that the changes since a version are consecutive rows; a row without a
 * record is the tombstone of a removal, from which other processes learn of it. `meta` holds `sequence`, the last
 * version given, and `floor`, the newest version whose tombstone may be gone.
 */
export const MIGRATIONS: readonly string[] = [
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
];

export const SCHEMA_VERSION = MIGRATIONS.length;
