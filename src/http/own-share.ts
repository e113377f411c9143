/** @module What this node knows by itself, and the same of all nodes together: log, activity, fetches. */

import type { Clock } from "../ports/clock.ts";
import type { RecentLine } from "../telemetry/recent-log.ts";
import type { Carryout } from "../tracker/carryout.ts";
import { WAIT_BOUNDS_MS } from "../tracker/status.ts";
import type { OwnShare, PublicFetches, PublicLog, PublicLogLine, PublicPlots } from "../wire/operations.ts";
import type { FetchCount, FetchCounts } from "./fetch-counts.ts";
import { MergedActivity } from "./merged-activity.ts";
import type { Peers } from "./peers.ts";
import { timestamp } from "./present.ts";
import { presentLine } from "./present-operations.ts";
import { HttpProblem } from "./problems.ts";

const MINUTE_MS = 60_000;
/** Lines of a log in one answer. */
export const LINES = { usual: 200, most: 1_000 };

export interface SharesOptions {
  carryout: Carryout;
  clock: Pick<Clock, "now">;
  peers: Peers;
  fetches: FetchCounts;
  recentLines: () => readonly RecentLine[];
}

export interface LogQuery {
  /** Only lines about this download. */
  download?: string | undefined;
  limit: number;
}

export class Shares {
  readonly #options: SharesOptions;
  readonly #activity = new MergedActivity();

  constructor(options: SharesOptions) {
    this.#options = options;
  }

  /** What another node asks for: the query is that of `/cluster/own`. */
  own({ part, download, limit }: { part: string; download: string | undefined; limit: number }): OwnShare {
    const { carryout } = this.#options;
    if (part === "log") return { lines: this.#lines({ download, limit }) };
    if (part === "plots") return { points: carryout.operations.activity() };
    if (part === "download" && download !== undefined)
      return { lines: this.#lines({ download, limit }), fetches: this.#fetches(download) };
    throw new HttpProblem("invalid-request", 'part must be "log", "plots", or "download" with a download');
  }

  async log({ download, limit }: LogQuery): Promise<PublicLog> {
    const query = { part: "log", limit: String(limit), ...(download !== undefined && { download }) };
    const { shares, unheard } = await this.#options.peers.ask(query);
    const others = shares.flatMap(({ share }) => share.lines ?? []);
    return { lines: newestFirst([...this.#lines({ download, limit }), ...others]).slice(0, limit), unheard };
  }

  async plots(): Promise<PublicPlots> {
    const { carryout, clock, peers } = this.#options;
    const { shares, unheard } = await peers.ask({ part: "plots" });
    const living = [
      { node: "", points: carryout.operations.activity() },
      ...shares.map(({ node, share }) => ({ node, points: share.points ?? [] })),
    ];
    const points = this.#activity.merge(living, Math.floor(clock.now() / MINUTE_MS));
    return { waitBoundsMs: [...WAIT_BOUNDS_MS], points, unheard };
  }

  /** The lines about a download, the oldest first, and how often it was fetched. */
  async download(id: string): Promise<{
    log: PublicLogLine[];
    fetches: PublicFetches;
    unheard: PublicLog["unheard"];
  }> {
    const query = { part: "download", download: id, limit: String(LINES.usual) };
    const { shares, unheard } = await this.#options.peers.ask(query);
    const own = this.own({ part: "download", download: id, limit: LINES.usual });
    const all = [own, ...shares.map(({ share }) => share)];
    const lines = newestFirst(all.flatMap((share) => share.lines ?? [])).slice(0, LINES.usual);
    const fetches = all.flatMap((share) => share.fetches ?? []).reduce(addedFetches);
    return { log: lines.reverse(), fetches, unheard };
  }

  #lines({ download, limit }: LogQuery): PublicLogLine[] {
    const { recentLines, carryout } = this.#options;
    const lines = recentLines().filter(
      ({ fields }) => download === undefined || fields.download === download,
    );
    return lines.slice(-limit).map((line) => presentLine(line, carryout.name));
  }

  #fetches(id: string): PublicFetches {
    return presentFetches(this.#options.fetches.of(id));
  }
}

function newestFirst(lines: PublicLogLine[]): PublicLogLine[] {
  return lines.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
}

function presentFetches(fetched: FetchCount | null): PublicFetches {
  if (fetched === null) return { count: 0, firstAt: null, lastAt: null };
  const { count, firstAt, lastAt } = fetched;
  return { count, firstAt: timestamp(firstAt), lastAt: timestamp(lastAt) };
}

function addedFetches(a: PublicFetches, b: PublicFetches): PublicFetches {
  const times = [a.firstAt, b.firstAt, a.lastAt, b.lastAt].filter((time) => time !== null).sort();
  return { count: a.count + b.count, firstAt: times[0] ?? null, lastAt: times.at(-1) ?? null };
}
