/** @module Asks nodes as users do, one user id per call. */

import { Agent, request } from "node:http";
import { type PublicDownload, Visitor } from "../../test/support/visitor.ts";

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/** A request over a kept-alive connection: the measurement should be of the server. */
export function call(
  url: string,
  options: { method?: string; user: string; body?: unknown; headers?: Record<string, string> },
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    const type = body && { "content-type": "application/json" };
    const headers = { "x-user": options.user, ...type, ...options.headers };
    const asked = request(url, { method: options.method ?? "GET", agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      response.on("error", reject);
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

export async function start(
  base: string,
  user: string,
  kind: string,
  params: object = {},
): Promise<PublicDownload> {
  const { status, text } = await call(`${base}/downloads`, { method: "POST", user, body: { kind, params } });
  if (status !== 202 && status !== 200) throw new Error(`${status}: ${text}`);
  return JSON.parse(text) as PublicDownload;
}

/** A visitor identified by a header instead of a cookie. */
export class BenchVisitor extends Visitor {
  readonly user: string;

  constructor(user: string) {
    super();
    this.user = user;
  }

  override request(url: string, init: RequestInit = {}): Promise<Response> {
    return fetch(url, {
      ...init,
      headers: { ...Object.fromEntries(new Headers(init.headers)), "x-user": this.user },
    });
  }
}

/** Runs `work` with `callers` at a time until `count` are done; returns the seconds it took. */
export async function inParallel(
  count: number,
  callers: number,
  work: (index: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const began = performance.now();
  const caller = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return (performance.now() - began) / 1000;
}
