/** @module The names of what one cluster of nodes has in a database: all are derived from its schema. */

import { createHash } from "node:crypto";

/** Quoted, for SQL. Always with the schema: a temporary table of the same name would come first otherwise. */
export function qualified(schema: string, table: string): string {
  return `${quoted(schema)}.${quoted(table)}`;
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A channel for NOTIFY: plain letters, at most 63 bytes however long the parts are. */
export function channelOf(schema: string, ...parts: string[]): string {
  return `carryout_${hashOf(schema).slice(0, 10)}_${parts.join("_")}`;
}

/** For a part of a channel that may hold any characters. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 24);
}
