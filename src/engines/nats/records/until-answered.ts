/** @module Repeats a request to a stream until it is answered, for watchers: they wait as long as it has no leader. */

import type { Clock } from "../../../ports/clock.ts";
import { retry } from "../../../ports/retry.ts";
import type { Log } from "../../../telemetry/log.ts";
import type { NatsLink } from "../jetstream/connection.ts";
import { isPassing } from "../jetstream/stream.ts";
import { abortable } from "./abortable.ts";

/** Pauses between attempts while no server answers. */
const PAUSES = { firstMs: 100, mostMs: 1_000 };
const CUT_OFF = new Error("disconnected from NATS");

export interface Persistence {
  stream: { name: string };
  link: Pick<NatsLink, "cutOffMs">;
  clock: Clock;
  log: Log;
}

/** Throws only if the signal has aborted. */
export function untilAnswered<Answer>(
  { stream, link, clock, log }: Persistence,
  signal: AbortSignal,
  question: () => Promise<Answer>,
): Promise<Answer> {
  const onFailure = (error: unknown) => {
    signal.throwIfAborted();
    if (error !== CUT_OFF && !isPassing(error))
      log.error({ stream: stream.name, error }, "records can't be read; retrying");
  };
  return retry(clock, { ...PAUSES, signal, onFailure }, () => {
    signal.throwIfAborted();
    if (link.cutOffMs() !== null) throw CUT_OFF;
    return abortable(question(), signal);
  });
}
