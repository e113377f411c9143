/** @module Reads that callers wait for, on connections of their own: they see every write acknowledged before. */

import { CarryoutError } from "../../../errors.ts";
import type { Patience } from "../session/patience.ts";
import type { PostgresSession } from "../session/postgres-session.ts";

/** A large list may take longer than a write. */
const DEADLINE_MS = 5_000;

export interface ReadsOptions {
  sessions: readonly PostgresSession[];
  patience: Patience;
  closing: AbortSignal;
}

export class Reads {
  readonly #options: ReadsOptions;
  #turn = 0;

  constructor(options: ReadsOptions) {
    this.#options = options;
  }

  /** Repeated while the server is lost. Errors: `unavailable`, `closed`, `store-unusable`. */
  async ask<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    this.checkOpen();
    const { sessions, patience } = this.#options;
    this.#turn += 1;
    const session = sessions[this.#turn % sessions.length]!;
    return await patience.ask(session, () => session.query<Row>(text, values, { deadlineMs: DEADLINE_MS }));
  }

  checkOpen(): void {
    if (this.#options.closing.aborted) throw new CarryoutError("closed", "this repo is closed");
  }
}
