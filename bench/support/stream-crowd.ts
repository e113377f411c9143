/** @module The program of a process with many event stream clients that count what they receive. */

import { connect, type Socket } from "node:net";
import { machineMs } from "./generators.ts";

export interface CrowdCalls {
  /** Opens `count` streams for these users, in turn; resolves when each has its snapshot. */
  open(url: string, users: readonly string[], count: number): Promise<void>;
  /** Events since the last call, and milliseconds from the tick for some of them. */
  heard(): Promise<{ events: number; delays: number[] }>;
  close(): Promise<void>;
}

/** Streams opened at the same time: as many as a node accepts. */
const AT_ONCE = 64;
const EVENT = Buffer.from("event: download");
const MESSAGE = Buffer.from('"message":"');
/** One in this many events is parsed. */
const SAMPLED = 10;

const sockets = new Set<Socket>();
let events = 0;
let delays: number[] = [];

const calls: CrowdCalls = {
  async open(url, users, count) {
    let next = 0;
    const opener = async () => {
      while (next < count) await openOne(new URL(url), users[next++ % users.length]!);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, opener));
  },
  async heard() {
    const heard = { events, delays };
    events = 0;
    delays = [];
    return heard;
  },
  async close() {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  },
};

function openOne({ hostname, port, host }: URL, user: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) });
    sockets.add(socket);
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("a stream ended")));
    socket.on("data", (bytes) => {
      if (bytes.includes("event: snapshot")) resolve();
      count(bytes);
    });
    socket.write(`GET /downloads/events HTTP/1.1\r\nHost: ${host}\r\nx-user: ${user}\r\n\r\n`);
  });
}

function count(bytes: Buffer): void {
  for (let at = bytes.indexOf(EVENT); at >= 0; at = bytes.indexOf(EVENT, at + EVENT.length)) {
    events += 1;
    if (events % SAMPLED !== 0) continue;
    const told = bytes.indexOf(MESSAGE, at);
    if (told < 0) continue;
    const from = told + MESSAGE.length;
    const delay = machineMs() - Number(bytes.toString("latin1", from, bytes.indexOf('"', from)));
    if (delay >= 0) delays.push(delay);
  }
}

process.on(
  "message",
  async ({ id, call, given }: { id: number; call: keyof CrowdCalls; given: unknown[] }) => {
    try {
      const answer = await (calls[call] as (...given: unknown[]) => Promise<unknown>)(...given);
      process.send?.({ id, answer });
    } catch (error) {
      process.send?.({ id, error: String((error as Error).stack ?? error) });
    }
  },
);
process.on("disconnect", () => process.exit(0));
process.send?.("up");
