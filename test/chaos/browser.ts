/** @module A browser without pages: a cookie, the cluster's addresses, and counts of how its requests ended. */

import type { History } from "./history.ts";

export interface RequestCounts {
  sent: number;
  /** Answered 503, to be retried. */
  putOff: number;
  /** Broken connections, refused connections and timeouts. */
  lost: number;
}

/** Status codes that a healthy server may send to a well-behaved visitor. */
const IN_ORDER = new Set([200, 202, 204, 206, 404, 409, 503]);

export class Browser {
  readonly counts: RequestCounts = { sent: 0, putOff: 0, lost: 0 };
  readonly #history: History;
  #cookie: string | null = null;

  constructor(history: History) {
    this.#history = history;
  }

  get isKnown(): boolean {
    return this.#cookie !== null;
  }

  /** A `fetch` for paths of this address, as a page there would call it. */
  at(base: string): typeof fetch {
    return (path, init) => this.#send(`${base}${path}`, init ?? {});
  }

  async #send(url: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.#cookie) headers.set("cookie", this.#cookie);
    // Only this class decides which requests keep a connection alive.
    const { cache: _cache, credentials: _credentials, ...rest } = init;
    this.counts.sent++;
    const response = await fetch(url, { ...rest, headers }).catch((error: unknown) => {
      this.counts.lost++;
      throw error;
    });
    this.#check(`${init.method ?? "GET"} ${url}`, response);
    return response;
  }

  #check(what: string, response: Response): void {
    const { status, headers } = response;
    if (status === 503) this.counts.putOff++;
    if (!IN_ORDER.has(status)) this.#history.violated("answers are in order", `${what}: ${status}`);
    if (status === 503 && !headers.has("retry-after")) {
      this.#history.violated("answers are in order", `${what}: 503 without Retry-After`);
    }
    const [set] = headers.getSetCookie();
    if (set && this.#cookie) {
      this.#history.violated("answers are in order", `${what}: the visitor's cookie was not known any more`);
    }
    if (set) this.#cookie = set.split(";")[0] ?? null;
  }
}
