/** @module The table in which the nodes find each other. All times in it are the server's. */

import { createHash } from "node:crypto";
import type { Json } from "../../../download/json.ts";
import { readCommand } from "../../../ports/asking.ts";
import { type Command, type NodeId, nodeIdOf } from "../../../ports/membership.ts";
import { type Announcement, readAnnouncement } from "../../lifeline/announcement.ts";
import { qualified } from "../schema/names.ts";
import type { PostgresSession } from "../session/postgres-session.ts";

export interface MemberRow {
  node: NodeId;
  /** `left` and `died` are for good, unless the node itself writes `here` again. */
  state: "here" | "left" | "died";
  /** Grows with every sign of life. */
  beat: number;
  /** Since the last one, by the server's clock. */
  ageMs: number;
  revision: number;
  /** Null if this revision was known already, or has another version's format. */
  announcement: Announcement | null;
  /** Whether a session holds this member's lock; null if the member has none. */
  isLocked: boolean | null;
  ask: { id: string; command: Command } | null;
  /** The last command that it carried out. */
  heard: string | null;
}

/** A sign of life, with the key of the lock that is held. */
export interface Beat {
  readonly announcement: Announcement;
  readonly lock: string | null;
}

/** Rows of nodes that have been silent for this long are removed: no record still names them. */
const KEPT = "10 minutes";

/** Each call is one short statement. Errors are those of `PostgresSession.query`. */
export class MemberRows {
  readonly #session: Pick<PostgresSession, "query">;
  readonly #table: string;

  constructor(session: Pick<PostgresSession, "query">, schema: string) {
    this.#session = session;
    this.#table = qualified(schema, "member");
  }

  /** False if there is a row of this node. `token` makes repeating it harmless. */
  async insert(announcement: Announcement, token: string): Promise<boolean> {
    const { member, revision } = announcement;
    const rows = await this.#session.query(
      `INSERT INTO ${this.#table} AS m (node, announcement, revision, heard_id) VALUES ($1, $2, $3, $4)
       ON CONFLICT (node) DO UPDATE SET revision = excluded.revision WHERE m.heard_id = excluded.heard_id
       RETURNING node`,
      [nodeIdOf(member), JSON.stringify(announcement), revision, token],
    );
    return rows.length === 1;
  }

  /** Creates the row again if it is missing, and contradicts those who consider the node dead. */
  async beat(beat: Beat): Promise<void> {
    await this.#session.query(this.#beatStatement(1), valuesOf(beat));
  }

  /**
   * All rows; announcements only of those whose revision is not the known one. Beats in the same statement, if a beat is
   * given: this node's own row is then the one of before.
   */
  async read(known: ReadonlyMap<NodeId, number>, beat: Beat | null = null): Promise<MemberRow[]> {
    // The lock is asked for in the mode that observers share, so that they don't see each other, and only for the
    // moment of this statement.
    const rows = await this.#session.query<RawRow>(
      `${beat === null ? "" : `WITH beat AS (${this.#beatStatement(3)}) `}
       SELECT m.node, m.state, m.beat::float8 AS beat, m.revision::float8 AS revision,
         extract(epoch FROM clock_timestamp() - m.beat_at)::float8 * 1000 AS "ageMs",
         CASE WHEN k.revision IS DISTINCT FROM m.revision THEN m.announcement END AS announcement,
         CASE WHEN m.state = 'here' AND m.lock IS NOT NULL THEN NOT pg_try_advisory_xact_lock_shared(m.lock) END
           AS "isLocked",
         m.asked, m.ask_id AS "askId", m.heard_id AS heard
       FROM ${this.#table} m LEFT JOIN unnest($1::text[], $2::bigint[]) k(node, revision) ON k.node = m.node`,
      [[...known.keys()], [...known.values()], ...(beat === null ? [] : valuesOf(beat))],
    );
    return rows.map(readRow);
  }

  /** Its parameters are counted from this number. */
  #beatStatement(first: number): string {
    const [node, announcement, revision, lock] = [0, 1, 2, 3].map((index) => `$${first + index}`);
    return `INSERT INTO ${this.#table} AS b (node, announcement, revision, lock)
       VALUES (${node}, ${announcement}, ${revision}, ${lock})
       ON CONFLICT (node) DO UPDATE SET announcement = excluded.announcement, revision = excluded.revision,
         lock = excluded.lock, state = 'here', beat = b.beat + 1, beat_at = clock_timestamp()
       WHERE b.state <> 'left'`;
  }

  async leave(node: NodeId): Promise<void> {
    await this.#session.query(
      `UPDATE ${this.#table} SET state = 'left', beat_at = clock_timestamp() WHERE node = $1`,
      [node],
    );
  }

  /** Marks it as dead unless it has given a sign of life since this one. */
  async bury(node: NodeId, beat: number): Promise<void> {
    await this.#session.query(
      `UPDATE ${this.#table} SET state = 'died', beat_at = clock_timestamp()
       WHERE node = $1 AND beat = $2 AND state = 'here'`,
      [node, beat],
    );
  }

  /** Leaves a command for a node in place of an earlier one. False if it has no row, or is gone. */
  async ask(node: NodeId, command: Command, id: string): Promise<boolean> {
    const rows = await this.#session.query(
      `UPDATE ${this.#table} SET asked = $2, ask_id = $3 WHERE node = $1 AND state = 'here' RETURNING node`,
      [node, command, id],
    );
    return rows.length === 1;
  }

  /** Acknowledges the command with this id. */
  async hear(node: NodeId, id: string): Promise<void> {
    await this.#session.query(`UPDATE ${this.#table} SET heard_id = $2 WHERE node = $1`, [node, id]);
  }

  async sweep(): Promise<void> {
    await this.#session.query(
      `DELETE FROM ${this.#table} WHERE beat_at < clock_timestamp() - interval '${KEPT}'`,
    );
  }
}

function valuesOf({ announcement, lock }: Beat): unknown[] {
  const { member, revision } = announcement;
  return [nodeIdOf(member), JSON.stringify(announcement), revision, lock];
}

/** The key of a node's advisory lock: a signed 64-bit number as text. */
export function memberLock(schema: string, node: NodeId): string {
  return createHash("sha256").update(`${schema} ${node}`).digest().readBigInt64BE().toString();
}

interface RawRow {
  node: string;
  state: string;
  beat: number;
  revision: number;
  ageMs: number;
  announcement: string | null;
  isLocked: boolean | null;
  asked: string | null;
  askId: string | null;
  heard: string | null;
}

function readRow({ state, announcement, asked, askId, ...row }: RawRow): MemberRow {
  const command = readCommand(asked);
  return {
    ...row,
    state: state === "left" || state === "died" ? state : "here",
    announcement: announcement === null ? null : readAnnouncement(parse(announcement)),
    ask: command === null || askId === null ? null : { id: askId, command },
  };
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
