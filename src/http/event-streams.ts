/** @module Server-sent events (WHATWG HTML, 9.2): streams that say when they are alive and end when the node does. */

import type { Context } from "hono";
import { CarryoutError, ENDED, isAbort, UnavailableError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../telemetry/log.ts";
import type { Carryout } from "../tracker/carryout.ts";
import { clientAddress } from "./client-address.ts";
import { dropReader } from "./connection.ts";
import type { LogDeferred } from "./deferred-log.ts";
import type { HttpLimits } from "./limits.ts";
import { OpenCounts } from "./open-counts.ts";
import { isDeferred } from "./problems.ts";

export interface EventStreamOptions<Event> {
  /** Starts watching; ends when the signal aborts. Must handle a slow reader itself (latest state wins). */
  source: (signal: AbortSignal) => AsyncIterable<Event>;
  /** The frame to send, or null if there is nothing new. */
  frame: (event: Event) => string | null;
  /** The longest silence currently allowed, in milliseconds; then a comment is sent. */
  silenceMs: () => number;
  /** The stream's user, for per-user limits. */
  user: string | null;
}

/** All open event streams of one app, with one timer for all of them. */
export interface EventStreams {
  /** Resolves with a stream once it has its first event. Fails with `unavailable`, `draining` or `too-many-streams`. */
  open<Event>(context: Context, options: EventStreamOptions<Event>): Promise<Response>;
  /** How many are open now. */
  count(): number;
}

export const EVENT_STREAM_HEADERS = {
  "Content-Type": "text/event-stream",
  "Cache-Control": "no-store, no-transform",
  // nginx would hold events back until its buffer is full.
  "X-Accel-Buffering": "no",
  // When the node ends the stream, the client has to reconnect, and so may reach another node.
  Connection: "close",
} as const;

/** How long a client waits before it reconnects. */
const PREAMBLE = "retry: 1000\n\n";
const COMMENT = ": still here\n\n";
const PULSE_MS = 500;
/** Brief trouble ends no stream; trouble at this many consecutive checks does, so that clients try another node. */
const TROUBLED_PULSES = 2;
const FIRST_EVENT_MS = 5_000;

export function eventFrame(name: string, json: string): string {
  return `event: ${name}\ndata: ${json}\n\n`;
}

export function createEventStreams(services: {
  carryout: Carryout;
  clock: Clock;
  log: Log;
  logDeferred: LogDeferred;
  limits: HttpLimits;
  trustProxy: boolean;
  refused: (context: Context, limit: string) => void;
}): EventStreams {
  const { carryout, clock, log, logDeferred, limits, trustProxy, refused } = services;
  const counts = new OpenCounts("too-many-streams", {
    all: ["maxStreams", limits.maxStreams],
    perAddress: ["maxStreamsPerAddress", limits.maxStreamsPerAddress],
    perUser: ["maxStreamsPerUser", limits.maxStreamsPerUser],
  });
  const streams = new Set<Stream>();
  let troubledPulses = 0;
  let pulsing = false;

  const pulse = () => {
    troubledPulses = carryout.trouble() === null ? 0 : troubledPulses + 1;
    for (const stream of streams) {
      if (troubledPulses >= TROUBLED_PULSES) stream.end();
      else stream.beat(clock.monotonic());
    }
    pulsing = streams.size > 0;
    if (pulsing) clock.after(PULSE_MS, pulse);
  };

  const add = (stream: Stream) => {
    streams.add(stream);
    if (!pulsing) clock.after(PULSE_MS, pulse);
    pulsing = true;
  };

  return {
    count: () => streams.size,
    async open(context, options) {
      const trouble = carryout.trouble();
      if (trouble !== null) throw new UnavailableError(trouble);
      if (context.req.raw.method === "HEAD") return context.body(null, 200, EVENT_STREAM_HEADERS);

      const leave = counts.enter({ address: clientAddress(context, trustProxy), user: options.user });
      const ending = new AbortController();
      const signal = AbortSignal.any([ending.signal, context.req.raw.signal]);
      const events = options.source(signal)[Symbol.asyncIterator]();
      const first = await firstEvent(events, clock).catch((error) => {
        ending.abort(ENDED);
        leave();
        throw error;
      });
      const onFailure = (error: unknown) => {
        const message = "event stream interrupted";
        if (isDeferred(error)) logDeferred(error, {}, message);
        else if (!isAbort(error)) log.warn({ error }, message);
      };
      const stream = createStream({
        ...options,
        events,
        first,
        end: () => ending.abort(ENDED),
        onFailure,
        onStalled: () => {
          refused(context, "writeTimeoutMs");
          return dropReader(context);
        },
        writeTimeoutMs: limits.writeTimeoutMs,
        clock,
      });
      add(stream);
      stream.ended.finally(() => {
        streams.delete(stream);
        leave();
      });
      return context.body(stream.body, 200, EVENT_STREAM_HEADERS);
    },
  };
}

/** An unresponsive engine must not leave the client with a silent stream. */
async function firstEvent<Event>(events: AsyncIterator<Event>, clock: Clock): Promise<Event> {
  const waiting = new AbortController();
  const tooLate = clock.sleep(FIRST_EVENT_MS, waiting.signal).then(() => null);
  const first = events.next();
  const result = await Promise.race([first, tooLate]).finally(() => waiting.abort(ENDED));
  if (result === null) {
    first.catch(() => {}); // Whatever it still yields, the caller has been answered.
    throw new UnavailableError("the engine did not answer in time");
  }
  if (result.done) throw new CarryoutError("draining", "this node is stopping");
  return result.value;
}

interface Stream {
  readonly body: ReadableStream<Uint8Array>;
  readonly ended: Promise<void>;
  /** Sends a comment if it has been silent for too long. */
  beat(now: number): void;
  end(): void;
}

function createStream<Event>(options: {
  events: AsyncIterator<Event>;
  first: Event;
  frame: (event: Event) => string | null;
  silenceMs: () => number;
  end: () => void;
  onFailure: (error: unknown) => void;
  /** Breaks the connection; false if it can't. */
  onStalled: () => boolean;
  writeTimeoutMs: number;
  clock: Clock;
}): Stream {
  const { events, frame, silenceMs, writeTimeoutMs, clock } = options;
  const encoder = new TextEncoder();
  const finished = Promise.withResolvers<void>();
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let readerIsFree = Promise.withResolvers<void>();
  let open = true;
  let lastSentAt = 0;
  /** Since when the client has read none of the pending data; null while nothing is pending. */
  let stalledSince: number | null = null;

  const send = (text: string) => {
    lastSentAt = clock.monotonic();
    controller.enqueue(encoder.encode(text));
  };

  const end = () => {
    options.end();
    readerIsFree.resolve();
  };

  /** At most one frame is queued: the next event is only asked for when the reader has taken the last one. */
  const pump = async () => {
    send(PREAMBLE + (frame(options.first) ?? ""));
    while (open) {
      if ((controller.desiredSize ?? 0) <= 0) {
        readerIsFree = Promise.withResolvers();
        await readerIsFree.promise;
      }
      const { done, value } = await events.next();
      if (done) return;
      const text = frame(value);
      if (open && text !== null) send(text);
    }
  };

  const close = (error?: unknown) => {
    if (error !== undefined) options.onFailure(error);
    if (open) controller.close();
    open = false;
    end();
    finished.resolve();
  };

  /** If there is a connection, breaking it cancels the body; a mere close could be blocked forever by pending data. */
  const cutOff = () => {
    if (options.onStalled()) return;
    open = false;
    controller.error(new Error("the reader of an event stream reads nothing"));
    end();
    finished.resolve();
  };

  const body = new ReadableStream<Uint8Array>({
    start(given) {
      controller = given;
      pump().then(() => close(), close);
    },
    pull() {
      stalledSince = null;
      readerIsFree.resolve();
    },
    cancel() {
      open = false;
      end();
      finished.resolve();
    },
  });

  return {
    body,
    ended: finished.promise,
    beat(now) {
      if (!open) return;
      if ((controller.desiredSize ?? 0) <= 0) {
        stalledSince ??= now;
        if (now - stalledSince >= writeTimeoutMs) cutOff();
        return;
      }
      // Must be done now: the next check comes only one pulse later.
      const isDue = now - lastSentAt > silenceMs() - PULSE_MS;
      if (isDue) send(COMMENT);
    },
    end,
  };
}
