/** @module Test support: the app over the fake façade, with a clock that is moved by hand. */

import { systemClock } from "../clock/system.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../telemetry/log.ts";
import { silentLog } from "../telemetry/log.ts";
import { type AppOptions, createApp } from "./app.ts";
import { FAKE_NOW, FakeCarryout } from "./fake-carryout.testing.ts";

export interface ManualClock extends Clock {
  /** Advances the time and fires due timers, in order. */
  advance(ms: number): void;
}

export function manualClock(): ManualClock {
  let now = FAKE_NOW;
  let alarms: { at: number; ring: () => void }[] = [];
  const after = (ms: number, ring: () => void) => {
    const alarm = { at: now + ms, ring };
    alarms.push(alarm);
    return () => {
      alarms = alarms.filter((other) => other !== alarm);
    };
  };
  return {
    now: () => now,
    monotonic: () => now,
    after,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const cancel = after(ms, resolve);
        signal?.addEventListener("abort", () => {
          cancel();
          resolve();
        });
      }),
    random: () => 0.5,
    id: systemClock.id,
    advance(ms) {
      const until = now + ms;
      for (;;) {
        const next = alarms.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        alarms = alarms.filter((alarm) => alarm !== next);
        now = next.at;
        next.ring();
      }
      now = until;
    },
  };
}

export interface Line {
  level: string;
  fields: Record<string, unknown>;
  message: string;
}

/** A log that keeps its lines. */
export function recordingLog(): Log & { lines: Line[] } {
  const lines: Line[] = [];
  const write = (level: string) => (fields: Record<string, unknown>, message: string) =>
    void lines.push({ level, fields, message });
  const log = {
    lines,
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    child: () => log,
  };
  return log;
}

/** The app, its façade and its clock. A request with `X-User` comes from that user; others are unknown. */
export function testApp(change: Partial<AppOptions> = {}) {
  const carryout = new FakeCarryout();
  const clock = manualClock();
  const identify = (request: Request) => request.headers.get("x-user");
  const app = createApp({ carryout, secret: "s3cret", identify, clock, log: silentLog, ...change });
  return { app, carryout, clock };
}

/** The same without `identify`: visitors with cookies. */
export function visitorApp(change: Partial<AppOptions> = {}) {
  const carryout = new FakeCarryout();
  const clock = manualClock();
  const app = createApp({ carryout, secret: "s3cret", clock, log: silentLog, ...change });
  return { app, carryout, clock };
}

export const ann = { "X-User": "ann" };

export function postJson(body: unknown, headers: Record<string, string> = ann): RequestInit {
  return {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  };
}

export function postForm(fields: Record<string, string>, headers: Record<string, string> = ann): RequestInit {
  return { method: "POST", headers, body: new URLSearchParams(fields) };
}

/** What the app sees of a caller at this address, as `env` of `app.request`. */
export function callerAt(remoteAddress: string) {
  return { incoming: { socket: { remoteAddress } } };
}
