/** @module The bytes of an answer as they arrive, and the ways in which they can break off. */

import { systemClock } from "../clock/system.ts";
import { isAbort } from "../errors.ts";
import { ExternalError } from "./external-error.ts";
import type { Followed } from "./follow.ts";

/** The chunks of an answer; waiting for any of them may take at most `idleMs`. */
export class AnswerChunks {
  readonly #answer: Followed;
  readonly #idleMs: number;
  #cancel = () => {};
  #isExpecting = false;

  constructor(answer: Followed, idleMs: number) {
    this.#answer = answer;
    this.#idleMs = idleMs;
  }

  async *read(): AsyncGenerator<Buffer> {
    try {
      this.#expect(true);
      for await (const chunk of this.#answer.response as AsyncIterable<Buffer>) {
        this.#expect(false);
        yield chunk;
        this.#expect(true);
      }
    } catch (error) {
      throw isAbort(error) || error instanceof ExternalError
        ? error
        : broken(this.#answer, "broke off the transfer", error);
    } finally {
      this.#expect(false);
    }
  }

  alive(): void {
    this.#expect(this.#isExpecting);
  }

  #expect(isExpecting: boolean): void {
    this.#cancel();
    this.#isExpecting = isExpecting;
    const { response, url } = this.#answer;
    const fail = () => response.destroy(silent(url.origin, this.#idleMs));
    if (isExpecting) this.#cancel = systemClock.after(this.#idleMs, fail);
  }
}

/** For a transfer that may continue where it broke off. */
export function isBroken(error: unknown): boolean {
  return (
    error instanceof ExternalError && (error.code === "transfer-broken" || error.code === "service-timeout")
  );
}

export function broken({ url }: Followed, what: string, cause?: unknown): ExternalError {
  return new ExternalError("transfer-broken", `${url.origin} ${what}`, { cause });
}

function silent(origin: string, idleMs: number): ExternalError {
  return new ExternalError("service-timeout", `${origin} sent nothing for ${idleMs} ms`);
}
