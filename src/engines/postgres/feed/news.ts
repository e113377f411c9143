/** @module What nodes tell each other of records: over their own sockets, and by NOTIFY where those don't reach all. */

import { ownerOf } from "../../../download/key.ts";
import type { Change } from "../../../ports/change-queue.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Log } from "../../../telemetry/log.ts";
import { channelOf } from "../schema/names.ts";
import type { PostgresSession } from "../session/postgres-session.ts";
import { type Announced, type Announcement, readAnnouncement } from "./announcements.ts";
import { Announcer, lifeOf } from "./announcer.ts";
import type { Links } from "./links.ts";
import { SocketNews } from "./socket-news.ts";
import { EVERYBODY, marksChannel, Views } from "./views.ts";

/** Between two looks: for changes that were not told, as when a node dies between writing and telling. */
const LOOK_MS = 1_000;
/** While nothing happens where all are connected and can listen: a lost connection is noticed at once. */
const QUIET_LOOK_MS = 10_000;
/** Where nobody can listen, and not all are connected. */
const POLL_MS = 250;

export interface NewsOptions {
  schema: string;
  /** Its server is the one whose rows are told and believed. */
  session: PostgresSession;
  /** Whether this session can listen. */
  canListen: boolean;
  /** Null for none. */
  links: Links | null;
  clock: Clock;
  log: Log;
  closing: AbortSignal;
}

type Notifying = Pick<Announcer, "announce" | "hint">;

/** Null: there is something to look for. */
type OnRow = (row: Announced | null) => void;
type OnSaid = (said: Announcement) => void;

export class News {
  readonly #options: NewsOptions;
  readonly #notifier: Notifying | null;
  readonly #views: Views | null;
  readonly #sockets: SocketNews | null;
  readonly #slotChannel: string;

  constructor(options: NewsOptions) {
    this.#options = options;
    const { schema, session, canListen, links, log, closing } = options;
    this.#slotChannel = channelOf(schema, "slots");
    this.#notifier = canListen ? this.#unlessConnected(new Announcer({ session, log })) : null;
    this.#views = this.#notifier && new Views({ ...options, announcing: this.#notifier });
    this.#sockets = links && new SocketNews({ mesh: links.mesh, life: () => this.#life() });
    const stop = links?.onIncomplete(() => {
      this.#views?.repeat();
      this.#sockets?.hint();
    });
    closing.addEventListener("abort", () => stop?.(), { once: true });
  }

  /** The time between two looks of a watcher, milliseconds. */
  get lookMs(): number {
    return this.#notifier !== null || this.#options.links?.reachesAll ? LOOK_MS : POLL_MS;
  }

  /** The same while this watcher has nothing to confirm. */
  get quietLookMs(): number {
    return this.#notifier !== null && this.#options.links?.reachesAll ? QUIET_LOOK_MS : this.lookMs;
  }

  wroteSlot(row: Announced): void {
    this.#sockets?.announce(this.#slotChannel, row);
    // Without the row: any role of the database may notify, and nodes act on slots.
    this.#notifier?.hint(this.#slotChannel);
  }

  wroteMark(change: Change): void {
    const { schema } = this.#options;
    const row = { ...change, xid: null };
    const owner = ownerOf(change.key);
    for (const each of [owner, EVERYBODY]) this.#sockets?.announce(marksChannel(schema, each), row);
    for (const channel of this.#views?.channelsFor(owner) ?? []) this.#notifier?.announce(channel, row);
  }

  /** Returns a function to stop. */
  hearSlots(onRow: OnRow): () => void {
    return this.#hear(this.#slotChannel, eachRow(onRow), () => onRow(null));
  }

  /** Of this owner, or of all for null. Returns a function to stop. */
  hearMarks(owner: string | null, onRow: OnRow): () => void {
    const { schema } = this.#options;
    const stop = this.#hear(marksChannel(schema, owner ?? EVERYBODY), eachRow(onRow));
    const unview = this.#views?.begin(owner ?? EVERYBODY);
    return () => {
      stop();
      unview?.();
    };
  }

  /** `onNotified` takes what any role of the database may have sent. */
  #hear(channel: string, onSaid: OnSaid, onNotified = onSaid): () => void {
    const { session, canListen } = this.#options;
    // Rows of another server may not exist on this one.
    const isOfHere = ({ life }: Announcement) => life === this.#life();
    const onPayload = (payload: string) => {
      const said = readAnnouncement(payload);
      if (said && isOfHere(said)) onNotified(said);
    };
    const stops = [
      this.#sockets?.listen(channel, (said) => {
        if (isOfHere(said)) onSaid(said);
      }),
      canListen ? session.listen(channel, onPayload) : undefined,
    ];
    return () => {
      for (const stop of stops) stop?.();
    };
  }

  #unlessConnected(notifier: Notifying): Notifying {
    const { links } = this.#options;
    return {
      announce: (channel, row) => {
        if (!links?.reachesAll) notifier.announce(channel, row);
      },
      hint: (channel) => {
        if (!links?.reachesAll) notifier.hint(channel);
      },
    };
  }

  #life(): string | null {
    const { connection } = this.#options.session;
    return connection && lifeOf(connection);
  }
}

function eachRow(onRow: OnRow): OnSaid {
  return ({ rows }) => {
    for (const row of rows) onRow(row);
  };
}
