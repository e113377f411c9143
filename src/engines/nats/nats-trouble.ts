/** @module Why a node can't use NATS now, if so, in words; includes being cut off together with its server. */

import type { Clock } from "../../ports/clock.ts";
import type { Membership } from "../../ports/membership.ts";
import type { NatsLink } from "./jetstream/connection.ts";
import type { NatsRepo } from "./records/nats-repo.ts";

/** A reconnect after a server's death takes some milliseconds and does not count as trouble. */
const CUT_OFF_MS = 1_000;
/** An election takes 4 to 9 s, in which requests wait. */
const NO_LEADER_MS = 12_000;
/** A node that hears no other node is more likely cut off, together with its server, than in an election. */
const NO_LEADER_ALONE_MS = 3_000;

export interface NatsTroubleOptions {
  links: readonly Pick<NatsLink, "cutOffMs" | "onLost" | "onReconnect">[];
  repo: Pick<NatsRepo, "health">;
  membership: Pick<Membership, "members" | "watch">;
  clock: Pick<Clock, "monotonic">;
}

export class NatsTrouble {
  readonly #options: NatsTroubleOptions;
  readonly #stops: (() => void)[];
  /** It was cut off, and not every stream of records has answered since: the server it reached may be cut off too. */
  #isDoubtful = false;
  /** The last other node may still be alive, and this one cut off. */
  #leftInDoubt = false;

  constructor(options: NatsTroubleOptions) {
    this.#options = options;
    const { links, membership } = options;
    this.#stops = links.flatMap((link) => this.#follow(link));
    const unwatch = membership.watch((event) => {
      const isOfOne = event.type === "joined" || event.type === "left";
      if (isOfOne) this.#leftInDoubt = event.type === "left" && !event.certain;
    });
    this.#stops.push(unwatch);
  }

  /** What is wrong now, or null. Cheap: sends no request. */
  now(): string | null {
    const { links, repo } = this.#options;
    const cutOffMs = Math.max(...links.map((link) => link.cutOffMs() ?? 0));
    if (cutOffMs > CUT_OFF_MS) return `this node has been disconnected from NATS for ${seconds(cutOffMs)}`;
    const health = repo.health();
    this.#isDoubtful &&= health.some(({ silentMs }) => silentMs > 0);
    const patienceMs = this.#isDoubtful ? 0 : this.#isAlone() ? NO_LEADER_ALONE_MS : NO_LEADER_MS;
    const silent = health.find(({ silentMs }) => silentMs > patienceMs);
    return silent ? `the stream ${silent.stream} has not responded for ${seconds(silent.silentMs)}` : null;
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  #follow(link: NatsTroubleOptions["links"][number]): (() => void)[] {
    const { clock } = this.#options;
    let lostAt = 0;
    return [
      link.onLost(() => {
        lostAt = clock.monotonic();
      }),
      link.onReconnect(() => {
        if (clock.monotonic() - lostAt > CUT_OFF_MS) this.#isDoubtful = true;
      }),
    ];
  }

  #isAlone(): boolean {
    return this.#leftInDoubt && this.#options.membership.members().length <= 1;
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
