/** @module Puts downloads into a history on PostgreSQL in bulk: the rows that `PostgresHistory.put` adds, thousands at a time. */

import { systemClock as clock } from "../../src/clock/system.ts";
import { encodeDownload } from "../../src/download/codec.ts";
import type { Download } from "../../src/download/download.ts";
import { downloadKey, ownerOf } from "../../src/download/key.ts";
import { nextVersion, saltOf } from "../../src/engines/postgres/records/versions.ts";
import { qualified } from "../../src/engines/postgres/schema/names.ts";
import type { PostgresServer } from "../../test/support/postgres.testing.ts";

const SCHEMA = "carryout";
const AT_ONCE = 5_000;
const COLUMNS = {
  key: "text",
  owner: "text",
  id: "text",
  salt: "int",
  token: "text",
  requested_at: "double precision",
  expires_at: "double precision",
  kind: "text",
  state: "text",
  doc: "text",
};

/** A node must have made the tables, and the downloads be new. */
export async function fillPostgresHistory(
  server: PostgresServer,
  downloads: Iterable<Download>,
): Promise<void> {
  const client = await server.client();
  try {
    const insert = insertStatement();
    const add = async (some: readonly Download[]) => {
      const rows = some.map(rowOf);
      await client.query(
        insert,
        Object.keys(COLUMNS).map((name) => rows.map((row) => row[name])),
      );
    };
    let some: Download[] = [];
    for (const download of downloads) {
      some.push(download);
      if (some.length < AT_ONCE) continue;
      await add(some);
      some = [];
    }
    await add(some);
    await client.query(`VACUUM ANALYZE ${qualified(SCHEMA, "history")}`);
  } finally {
    await client.end();
  }
}

function rowOf(download: Download): Record<string, unknown> {
  const { user, id, requestedAt, expiresAt, kind, state } = download;
  const key = downloadKey(user, id);
  return {
    ...{ key, owner: ownerOf(key), id, kind, state },
    salt: saltOf(clock),
    token: clock.id(),
    requested_at: requestedAt,
    expires_at: expiresAt,
    doc: encodeDownload(download),
  };
}

function insertStatement(): string {
  const names = Object.keys(COLUMNS);
  const given = Object.values(COLUMNS).map((type, index) => `$${index + 1}::${type}[]`);
  const stored = names.map((name) => (name === "salt" ? "version" : name));
  const values = names.map((name) =>
    name === "salt" ? nextVersion({ schema: SCHEMA, tellsTimeline: false }, "salt") : name,
  );
  return `INSERT INTO ${qualified(SCHEMA, "history")} (${stored}) SELECT ${values} FROM unnest(${given}) AS x (${names})`;
}
