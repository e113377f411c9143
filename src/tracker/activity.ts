/** @module What this node did in each minute of the last 24 hours, in memory: for the plots of operators. */

import type { Download } from "../download/download.ts";
import type { Clock } from "../ports/clock.ts";
import { type ActivityPoint, WAIT_BOUNDS_MS } from "./status.ts";

/** 24 hours. */
export const MOST_POINTS = 1_440;
const MINUTE_MS = 60_000;

/** A minute costs about 200 bytes, and only one in which something changed. */
export class Activity {
  readonly #clock: Pick<Clock, "now">;
  readonly #points: ActivityPoint[] = [];
  #running = 0;
  #waiting = 0;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** How many generations run here, and how many downloads wait in the cluster. Call it when either has changed. */
  look(running: number, waiting: number): void {
    if (running === this.#running && waiting === this.#waiting) return;
    const point = this.#point();
    this.#running = running;
    this.#waiting = waiting;
    point.running = Math.max(point.running, running);
    point.waiting = Math.max(point.waiting, waiting);
  }

  /** This node claimed a download. Only the first claim of one ends its wait. */
  began({ epoch, requestedAt, startedAt }: Download): void {
    if (epoch !== 1 || startedAt === null) return;
    const waitMs = startedAt - requestedAt;
    const index = WAIT_BOUNDS_MS.findIndex((bound) => waitMs <= bound);
    const { waits } = this.#point();
    waits[index < 0 ? WAIT_BOUNDS_MS.length : index]! += 1;
  }

  /** This node recorded the end of a download. */
  ended({ state }: Pick<Download, "state">): void {
    if (state === "ready") this.#point().ready += 1;
    if (state === "error") this.#point().failed += 1;
  }

  /** In order of time. In a minute that is left out, `running` and `waiting` are those of the point before. */
  points(): ActivityPoint[] {
    this.#settle(this.#minute() - 1);
    this.#forget();
    return this.#points.map((point) => ({ ...point, waits: [...point.waits] }));
  }

  /** This minute's. If the clock was set back, the last one goes on. */
  #point(): ActivityPoint {
    const minute = this.#minute();
    const last = this.#points.at(-1);
    if (last !== undefined && last.minute >= minute) return last;
    this.#settle(minute - 1);
    this.#forget();
    return this.#add(minute);
  }

  /** A last point that has the most of its minute is followed by one with what was left, up to this minute. */
  #settle(latest: number): void {
    const last = this.#points.at(-1);
    if (last === undefined || last.minute >= latest) return;
    if (last.running !== this.#running || last.waiting !== this.#waiting) this.#add(last.minute + 1);
  }

  #add(minute: number): ActivityPoint {
    const waits = new Array<number>(WAIT_BOUNDS_MS.length + 1).fill(0);
    const point = { minute, running: this.#running, waiting: this.#waiting, ready: 0, failed: 0, waits };
    this.#points.push(point);
    return point;
  }

  #minute(): number {
    return Math.floor(this.#clock.now() / MINUTE_MS);
  }

  #forget(): void {
    const first = this.#minute() - MOST_POINTS;
    while (this.#points.length > 1 && this.#points[1]!.minute <= first) this.#points.shift();
  }
}
