/** @module Progress that a service tells beside the file: lines of JSON at an address that its answer names. */

import { systemClock } from "../clock/system.ts";
import type { Connecting } from "./exchange.ts";
import { type Followed, follow } from "./follow.ts";
import type { Hop } from "./http-request.ts";
import { badProgressLine, type ProgressLine, ProgressLines } from "./progress-lines.ts";
import type { SigningKey } from "./signature.ts";

/** The request for a file, and how it is made. */
export interface Asking {
  /** Of the generator, for warnings. */
  kind: string;
  request: Hop;
  key: SigningKey | undefined;
  connecting: Omit<Connecting, "signal">;
}

/** In the answer with the file; relative to its address. */
const HEADER = "carryout-progress";
/** Between two requests, as the service may end its answer after each line. */
const PAUSE_MS = 1_000;
/** Between two looks at lines: a flood of them makes the service wait. */
const LOOK_MS = 10;
const MOST_FAILURES = 3;

/** Asked again and again until it is closed. What is wrong with it is told once, and does not harm the file. */
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
    // Headers of the author and the signature go there: nowhere else than the request itself.
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
