/** @module What all route groups share: one object per app. */

import type { Context } from "hono";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../telemetry/log.ts";
import type { Carryout } from "../tracker/carryout.ts";
import type { CallerLimiter } from "./caller-limiter.ts";
import type { LogDeferred } from "./deferred-log.ts";
import type { Denials } from "./denials.ts";
import type { EventStreams } from "./event-streams.ts";
import type { FetchCounts } from "./fetch-counts.ts";
import type { Identity } from "./identity.ts";
import type { HttpLimits } from "./limits.ts";
import type { HttpMetrics } from "./metrics.ts";
import type { OpenCounts } from "./open-counts.ts";
import type { Front } from "./request-origin.ts";

export interface Services extends Front {
  readonly carryout: Carryout;
  readonly identity: Identity;
  readonly streams: EventStreams;
  readonly metrics: HttpMetrics;
  readonly clock: Clock;
  readonly log: Log;
  readonly logDeferred: LogDeferred;
  /** Logs denials. */
  readonly denied: Denials["denied"];
  /** How often event streams check that their session is still valid. */
  readonly sessionCheckMs: number;
  /** Prefix of all our URLs: empty, or `/path` without a trailing slash. */
  readonly basePath: string;
  /** Where the application's start page is. */
  readonly homePath: string;
  readonly limits: HttpLimits;
  readonly transfers: OpenCounts;
  readonly fetches: FetchCounts;
  readonly callerLimiter: CallerLimiter;
  /** Counts a refusal of this request, because the limit of this setting is reached. */
  readonly refused: (context: Context, limit: string) => void;
  /** The network of an anonymous visitor, marked; see `networkMark`. */
  readonly networkOf: (context: Context) => { network?: string };
}
