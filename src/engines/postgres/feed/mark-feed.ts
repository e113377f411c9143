/** @module Watching marks: announced ticks for speed, and a reading of the viewed users' marks now and then. */

import { ownerOf, userPrefix } from "../../../download/key.ts";
import type { Change } from "../../../ports/change-queue.ts";
import type { Cancel, Clock } from "../../../ports/clock.ts";
import { workEventOf } from "../../../ports/stored-text.ts";
import type { WorkEvent } from "../../../ports/work.ts";
import type { Log } from "../../../telemetry/log.ts";
import type { PostgresSession } from "../session/postgres-session.ts";
import { MarkFollower } from "./mark-follower.ts";
import { MarkLooks } from "./mark-looks.ts";
import type { News } from "./news.ts";

/** After readings have failed. */
const RETRY_MS = 1_000;

export interface MarkFeedOptions {
  schema: string;
  session: PostgresSession;
  news: Pick<News, "hearMarks" | "lookMs">;
  clock: Clock;
  log: Log;
  /** Throws when the repo is closed. */
  checkOpen(): void;
  closing: AbortSignal;
}

export class MarkFeed {
  readonly #options: MarkFeedOptions;
  readonly #looks: MarkLooks;
  readonly #followers = new Set<MarkFollower>();
  #isLooking = false;
  #cancelLook: Cancel | null = null;

  constructor(options: MarkFeedOptions) {
    this.#options = options;
    const { session, schema, closing } = options;
    this.#looks = new MarkLooks({ session, schema });
    session.onLost(() => this.#lose());
    closing.addEventListener("abort", () => this.#lose(), { once: true });
  }

  /** See `WorkEvent`. Snapshots wait for as long as there is no server. Errors: `closed`, at the start. */
  async *watch(user: string | null, signal: AbortSignal): AsyncGenerator<WorkEvent, void, void> {
    this.#options.checkOpen();
    const { closing, session } = this.#options;
    const owner = user === null ? null : ownerOf(userPrefix(user));
    const isOver = () => signal.aborted || closing.aborted;
    while (!isOver()) {
      yield { type: "begin" };
      await session.connected(signal);
      if (isOver()) return;
      const follower = new MarkFollower(owner);
      const end = () => follower.end();
      signal.addEventListener("abort", end, { once: true });
      const stop = this.#follow(follower);
      try {
        yield* this.#events(follower, isOver);
      } finally {
        stop();
        signal.removeEventListener("abort", end);
      }
    }
  }

  /** A mark that this node wrote itself. */
  wrote(change: Change): void {
    const owner = ownerOf(change.key);
    for (const follower of this.#followers) {
      if (follower.owner === null || follower.owner === owner) follower.offer(change);
    }
  }

  async *#events(follower: MarkFollower, isOver: () => boolean): AsyncGenerator<WorkEvent, void, void> {
    try {
      const marks = await this.#looks.marks(follower.owner === null ? null : [follower.owner]);
      for (const change of follower.begin(marks)) {
        if (isOver() || follower.isLost) return;
        yield workEventOf(change);
      }
    } catch (error) {
      await this.#failed(error);
      return;
    }
    if (isOver() || follower.isLost) return;
    yield { type: "synced" };
    this.#lookLater();
    for (let change = await follower.next(); change !== null; change = await follower.next())
      yield workEventOf(change);
  }

  /** Listens before anything is read. */
  #follow(follower: MarkFollower): () => void {
    this.#followers.add(follower);
    const unlisten = this.#options.news.hearMarks(follower.owner, (row) => {
      if (row === null) void this.#look();
      else this.wrote(row);
    });
    return () => {
      this.#followers.delete(follower);
      unlisten();
      if (this.#followers.size === 0) this.#stopWaiting();
    };
  }

  /** A watcher that begins must not put off the next look of the others. */
  #lookLater(): void {
    if (this.#cancelLook !== null || this.#isLooking) return;
    if (this.#followers.size === 0 || this.#options.closing.aborted) return;
    const { clock, news } = this.#options;
    this.#cancelLook = clock.after(news.lookMs * (0.75 + clock.random() / 2), () => void this.#look());
  }

  #stopWaiting(): void {
    this.#cancelLook?.();
    this.#cancelLook = null;
  }

  /** For all watchers with one statement. */
  async #look(): Promise<void> {
    this.#stopWaiting();
    if (this.#isLooking || this.#options.session.connection === null) return;
    this.#isLooking = true;
    const followers = [...this.#followers].filter(({ isBegun }) => isBegun);
    const owners = followers.map(({ owner }) => owner);
    try {
      for (const follower of followers) follower.beginLook();
      const isForAll = owners.includes(null);
      const versions = await this.#looks.versions(isForAll ? null : [...new Set(owners as string[])]);
      const news = new Set(followers.flatMap((follower) => follower.unknown(versions)));
      const changes = news.size === 0 ? [] : await this.#looks.texts([...news]);
      for (const follower of followers) follower.endLook(versions, changes);
    } catch (error) {
      await this.#failed(error);
    } finally {
      this.#isLooking = false;
      this.#lookLater();
    }
  }

  /** All watchers start over. */
  #lose(): void {
    for (const follower of this.#followers) follower.end();
  }

  async #failed(error: unknown): Promise<void> {
    const { clock, session, closing, log } = this.#options;
    if (closing.aborted || session.connection === null) return;
    log.error({ error }, "marks can't be read; retrying");
    await clock.sleep(RETRY_MS, closing);
  }
}
