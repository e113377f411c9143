/** @module Lets the chaos run ask a node how much memory it retains. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Hono } from "hono";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

export interface HeldMemory {
  pid: number;
  /** Seconds since the process started. */
  ageS: number;
  /** Bytes of the main thread's heap after a full garbage collection. */
  heapBytes: number;
  /** Bytes of the whole process, without the generators' processes. */
  residentBytes: number;
}

export default function routes(): Hono {
  return new Hono().get("/memory", (context) => {
    collectGarbage();
    const { heapUsed, rss } = process.memoryUsage();
    const held: HeldMemory = {
      pid: process.pid,
      ageS: process.uptime(),
      heapBytes: heapUsed,
      residentBytes: rss,
    };
    return context.json(held);
  });
}
