/**
 * @module Follows the work of the users that are watched at this node, and only theirs, or temporarily of all users.
 */

import { ownerOf, userPrefix } from "../download/key.ts";
import type { Mark } from "../download/work.ts";
import { ENDED, isAbort } from "../errors.ts";
import type { Version } from "../ports/repo.ts";
import { Unseen } from "../ports/unseen.ts";
import type { Work, WorkEvent } from "../ports/work.ts";
import type { Log } from "../telemetry/log.ts";

/** One watch of the work, shared by all its listeners. */
interface Following {
  /** True once a snapshot has been read to its end. */
  isRead: boolean;
  readonly listeners: Set<WorkListener>;
  readonly stop: AbortController;
  readonly marks: Map<string, { version: Version; mark: Mark }>;
  /** Resolves when its snapshot has been read, or when it failed before that. */
  readonly ready: Promise<void>;
  /** Resolves `ready`; true the first time. */
  onReady(): boolean;
}

export interface WorkListener {
  apply(event: WorkEvent): void;
  /** The feed was down and has restarted: removals may have been missed. */
  restarted(): void;
  /** The watch has failed for good: no more events follow. */
  failed(): void;
}

export interface Followed {
  ready: Promise<void>;
  /** Once ready: the newest marks by key, at least those written before `follow`; null if they must be read. */
  marks(): Map<string, Mark> | null;
  stop(): void;
}

/** Costs nothing without listeners. */
export class WorkFollower {
  readonly #work: Pick<Work, "watch">;
  readonly #log: Log;
  /** By user; "" for all. */
  readonly #followed = new Map<string, Following>();
  #isClosed = false;

  constructor(work: Pick<Work, "watch">, log: Log) {
    this.#work = work;
    this.#log = log;
  }

  /**
   * Once `ready`, the listener gets every event of this user's work (null: all users'), until `stop` is called. One
   * that joins an existing watch gets no earlier events: it must read the current state itself once ready.
   */
  follow(user: string | null, listener: WorkListener): Followed {
    const name = user ?? "";
    const present = this.#followed.get(name);
    const following = present ?? this.#begin(user, name);
    following.listeners.add(listener);
    const stop = () => {
      following.listeners.delete(listener);
      if (following.listeners.size > 0) return;
      following.stop.abort(ENDED);
      if (this.#followed.get(name) === following) this.#followed.delete(name);
    };
    // Live events may get lost, so only a snapshot that began after this call has all that was acknowledged before.
    const marks = () => (present || !following.isRead ? null : marksIn(following));
    return { ready: following.ready, marks, stop };
  }

  /** The newest known mark of this download, by its key; null if its work is not followed. */
  markOf(key: string): Mark | null {
    const ofAll = this.#followed.get("")?.marks.get(key);
    const owner = ownerOf(key);
    const ofUser = this.#followed.get(Buffer.from(owner, "base64url").toString())?.marks.get(key);
    if (!ofAll || !ofUser) return (ofAll ?? ofUser)?.mark ?? null;
    return (ofAll.version > ofUser.version ? ofAll : ofUser).mark;
  }

  close(): void {
    this.#isClosed = true;
    for (const { stop } of this.#followed.values()) stop.abort(ENDED);
    this.#followed.clear();
  }

  #begin(user: string | null, name: string): Following {
    if (user !== null) userPrefix(user); // throws for an invalid user
    let resolve: (() => void) | null = null;
    const ready = new Promise<void>((done) => {
      resolve = done;
    });
    const onReady = () => {
      const isFirst = resolve !== null;
      resolve?.();
      resolve = null;
      return isFirst;
    };
    const parts = { listeners: new Set<WorkListener>(), marks: new Map(), ready, onReady };
    const following: Following = { ...parts, isRead: false, stop: new AbortController() };
    this.#followed.set(name, following);
    if (!this.#isClosed) void this.#run(user, name, following);
    return following;
  }

  async #run(user: string | null, name: string, following: Following): Promise<void> {
    const { signal } = following.stop;
    const unseen = new Unseen();
    try {
      for await (const event of this.#work.watch(user, signal)) {
        if (signal.aborted) return;
        note(following.marks, event, unseen);
        if (event.type === "synced") following.isRead = true;
        const isAnew = event.type === "synced" && !following.onReady();
        for (const listener of [...following.listeners]) {
          listener.apply(event);
          if (isAnew) listener.restarted();
        }
      }
      if (signal.aborted) return;
    } catch (error) {
      if (signal.aborted) return;
      if (!isAbort(error)) this.#log.error({ error }, "the work on downloads can no longer be followed");
    }
    this.#followed.delete(name);
    following.onReady();
    for (const listener of [...following.listeners]) listener.failed();
  }
}

function marksIn({ marks }: Following): Map<string, Mark> {
  return new Map([...marks].map(([key, { mark }]) => [key, mark]));
}

function note(marks: Following["marks"], event: WorkEvent, unseen: Unseen): void {
  for (const key of unseen.apply(event, () => marks.keys())) marks.delete(key);
  if (event.type === "put") marks.set(event.key, { version: event.version, mark: event.mark });
  if (event.type === "remove") marks.delete(event.key);
}
