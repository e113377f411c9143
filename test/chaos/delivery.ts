/** @module Fetches a file as a download manager on a bad network does: interrupted and resumed from other nodes. */

import { createHash } from "node:crypto";
import type { PublicDownload, PublicFile } from "../../src/client/public-download.ts";
import type { Chance } from "../sim/chance.ts";
import type { Browser } from "./browser.ts";
import type { History } from "./history.ts";

export interface Delivered {
  text: string;
  /** Connections that were broken on purpose and resumed. */
  resumed: number;
}

export interface DeliveryOptions {
  browser: Browser;
  history: History;
  chance: Chance;
  /** The node to ask next. */
  somewhere: () => string;
  download: PublicDownload;
  giveUp: AbortSignal;
}

/** A frozen node does not close its connections. */
const SILENCE_MS = 5_000;
const PAUSE_MS = 250;

/** The whole file; null when it no longer exists, or when the visitor gives up. */
export async function fetchInPieces(options: DeliveryOptions): Promise<Delivered | null> {
  const { history, chance, somewhere, download, giveUp } = options;
  const file = download.file as PublicFile;
  const breaks = Array.from({ length: chance.whole(0, 3) }, () => chance.whole(1, file.size));
  const received = new Received(file);
  let resumed = 0;
  while (!giveUp.aborted) {
    const base = somewhere();
    const stopAt = breaks.find((position) => position > received.size && position < file.size) ?? null;
    const answer = await askFor(options, base, received).catch(() => null);
    if (answer?.status === 404) return null;
    const problem = answer === null ? null : await read(answer, received, stopAt);
    if (problem !== null) history.violated("the file is right", `${problem} (${base})`);
    if (problem !== null || received.size > file.size) return null;
    if (received.size === file.size) return { text: judge(received, file, history), resumed };
    if (stopAt !== null && received.size >= stopAt) resumed++;
    else await history.changed(PAUSE_MS);
  }
  return null;
}

class Received {
  readonly file: PublicFile;
  readonly chunks: Uint8Array[] = [];
  size = 0;
  etag: string | null = null;

  constructor(file: PublicFile) {
    this.file = file;
  }
}

interface Answer {
  status: number;
  response: Response;
  stop: AbortController;
}

async function askFor(options: DeliveryOptions, base: string, received: Received): Promise<Answer> {
  const stop = new AbortController();
  const isSlow = setTimeout(() => stop.abort(new Error("no answer")), SILENCE_MS);
  const headers = new Headers();
  if (received.size > 0 && received.etag !== null) {
    headers.set("range", `bytes=${received.size}-`);
    headers.set("if-range", received.etag);
  }
  try {
    const signal = AbortSignal.any([stop.signal, options.giveUp]);
    const response = await options.browser.at(base)(received.file.url, { headers, signal });
    return { status: response.status, response, stop };
  } finally {
    clearTimeout(isSlow);
  }
}

/** Reads until the end, until `stopAt`, or until the connection breaks. Returns what is wrong with the answer. */
async function read(answer: Answer, received: Received, stopAt: number | null): Promise<string | null> {
  const { status, response, stop } = answer;
  if (status === 503) {
    await response.body?.cancel();
    return null;
  }
  const problem = problemWith(response, received);
  if (problem !== null) {
    stop.abort();
    return problem;
  }
  received.etag = response.headers.get("etag");
  const watchdog = setTimeout(() => stop.abort(new Error("silence")), SILENCE_MS);
  try {
    for await (const chunk of response.body ?? []) {
      watchdog.refresh();
      received.chunks.push(chunk);
      received.size += chunk.byteLength;
      if (stopAt !== null && received.size >= stopAt) break;
    }
  } catch {
    // Broken by the cluster or timed out: the next connection resumes from here.
  } finally {
    clearTimeout(watchdog);
    stop.abort();
  }
  return null;
}

function problemWith({ status, headers }: Response, { size, file, etag }: Received): string | null {
  if (size > 0 && headers.get("etag") !== etag) return `the ETag was ${etag}, now ${headers.get("etag")}`;
  const digest = `sha-256=:${Buffer.from(file.sha256, "hex").toString("base64")}:`;
  if (headers.get("repr-digest") !== digest)
    return `Repr-Digest ${headers.get("repr-digest")}, not ${digest}`;
  if (size === 0) return status === 200 ? null : `status ${status} for the whole file`;
  if (status !== 206) return `status ${status} for the rest from ${size}`;
  const range = `bytes ${size}-${file.size - 1}/${file.size}`;
  return headers.get("content-range") === range ? null : `${headers.get("content-range")}, not ${range}`;
}

function judge({ chunks }: Received, { sha256 }: PublicFile, history: History): string {
  const bytes = Buffer.concat(chunks);
  const digest = createHash("sha256").update(bytes).digest("hex");
  if (digest !== sha256)
    history.violated("the file is right", `its digest is ${digest}, announced ${sha256}`);
  return bytes.toString("utf8");
}
