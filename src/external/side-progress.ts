/** @module Progress that a service reports separately: lines of JSON at an address given in its answer. */

import { systemClock } from "../clock/system.ts";
import type { Connecting } from "./exchange.ts";
import { type Followed, follow } from "./follow.ts";
import type { Hop } from "./http-request.ts";
import { badProgressLine, type ProgressLine, ProgressLines } from "./progress-lines.ts";
import type { SigningKey } from "./signature.ts";

/** The request for a file, and its transport options. */
export interface Asking {
  /** The generator's kind, for warnings. */
  kind: string;
  request: Hop;
  key: SigningKey | undefined;
  connecting: Omit<Connecting, "signal">;
}

/** Header of the answer with the file: the progress address, relative to the file's. */
const HEADER = "carryout-progress";
/** Time between two requests, as the service may end its answer after each line. */
const PAUSE_MS = 1_000;
/** Time between two reads of lines: a flood of them makes the service wait. */
const LOOK_MS = 10;
const MOST_FAILURES = 3;

/** Requested repeatedly until closed. Errors are logged once, and do not affect the file. */
export class SideProgress {
  readonly isUsed: boolean;
  readonly #asking: Asking;
  readonly #onProgress: (line: ProgressLine) => void;
  readonly #closing = new AbortController();
  readonly #done: Promise<void>;

  constructor(
    asking: Asking,
    { response, url }: Followed,
    signal: AbortSignal,
    onProgress: (line: ProgressLine) => void,
  ) {
    this.#asking = asking;
    this.#onProgress = onProgress;
    const given = response.headers[HEADER];
    const { origin } = asking.request.url;
    const isUrl = typeof given === "string" && URL.canParse(given, url);
    const address = isUrl ? new URL(given, url) : null;
    // The author's headers and the signature are sent there, so it must have the origin of the request.
    this.isUsed = address !== null && address.origin === origin && url.origin === origin;
    this.#done =
      this.isUsed && address !== null
        ? this.#follow(address, AbortSignal.any([signal, this.#closing.signal]))
        : Promise.resolve();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#done;
  }

  async #follow(url: URL, signal: AbortSignal): Promise<void> {
    const { kind } = this.#asking;
    const onBadLine = badProgressLine(kind);
    for (let failures = 0; !signal.aborted && failures < MOST_FAILURES; ) {
      try {
        await this.#read(url, signal, onBadLine);
        failures = 0;
      } catch (error) {
        failures += 1;
        if (failures === MOST_FAILURES && !signal.aborted) {
          process.emitWarning(`${kind}: progress can't be read: ${(error as Error).message}`);
        }
      }
      await systemClock.sleep(PAUSE_MS, signal);
    }
  }

  async #read(url: URL, signal: AbortSignal, onBadLine: (text: string) => void): Promise<void> {
    const { request, connecting, key } = this.#asking;
    const { "content-type": _, ...headers } = request.headers;
    const asked = { url, method: "GET", headers, body: new Uint8Array(0) };
    const { response } = await follow(asked, { ...connecting, signal }, key);
    try {
      if (response.statusCode !== 200) throw new Error(`${url.origin} answered ${response.statusCode}`);
      const lines = new ProgressLines(this.#onProgress, onBadLine);
      for await (const chunk of response as AsyncIterable<Buffer>) {
        lines.push(chunk);
        await systemClock.sleep(LOOK_MS, signal);
      }
      lines.end();
    } finally {
      response.destroy();
    }
  }
}
