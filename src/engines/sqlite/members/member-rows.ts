/** @module The table in which the processes of one machine find each other. */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Json } from "../../../download/json.ts";
import { type Announcement, readAnnouncement } from "./announcement.ts";

export interface MemberRow {
  incarnation: string;
  /** Grows with every heartbeat. */
  beat: number;
  /** Null if it was written by a version with another format. */
  announcement: Announcement | null;
}

/** Every call is one short statement. They throw SQLite's own errors, "busy" among them, without waiting. */
export class MemberRows {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #beat: StatementSync;
  readonly #all: StatementSync;
  readonly #one: StatementSync;
  readonly #remove: StatementSync;

  /** Takes ownership of the connection: sets it never to wait for a lock, and closes it with `close`. */
  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec("PRAGMA busy_timeout = 0");
    const row = `INSERT INTO members (incarnation, name, info, beat, pid, process_mark) VALUES (?, ?, ?, 0, ?, ?)`;
    this.#insert = database.prepare(`${row} ON CONFLICT DO NOTHING`);
    this.#beat = database.prepare(
      `${row} ON CONFLICT (incarnation) DO UPDATE SET beat = beat + 1, info = excluded.info`,
    );
    this.#all = database.prepare("SELECT incarnation, info, beat FROM members");
    this.#one = database.prepare("SELECT 1 FROM members WHERE incarnation = ?");
    this.#remove = database.prepare("DELETE FROM members WHERE incarnation = ?");
  }

  /** False if this incarnation already has a row. */
  insert(announcement: Announcement): boolean {
    return Number(this.#insert.run(...valuesOf(announcement)).changes) === 1;
  }

  /** Writes a heartbeat. Recreates the row if it was removed. */
  beat(announcement: Announcement): void {
    this.#beat.run(...valuesOf(announcement));
  }

  read(): MemberRow[] {
    return this.#all.all().map((row) => ({
      incarnation: row.incarnation as string,
      beat: row.beat as number,
      announcement: readInfo(row.info as string),
    }));
  }

  has(incarnation: string): boolean {
    return this.#one.get(incarnation) !== undefined;
  }

  remove(incarnation: string): void {
    this.#remove.run(incarnation);
  }

  close(): void {
    this.#database.close();
  }
}

function valuesOf(announcement: Announcement): [string, string, string, number, string | null] {
  const { member, pid, mark } = announcement;
  return [member.incarnation, member.name, JSON.stringify(announcement), pid, mark];
}

function readInfo(text: string): Announcement | null {
  try {
    return readAnnouncement(JSON.parse(text) as Json);
  } catch {
    return null;
  }
}
