/** @module The state of the connection as pages show it. */

import type { StreamStatus } from "./event-stream.ts";
import type { Timing } from "./timing.ts";

/** Shorter connection losses are not shown. */
const LOSS_MS = 2_000;

/** A loss is shown only when it lasts: most are over before anyone could read a message. */
export class ShownConnection {
  readonly #timing: Timing;
  readonly #onChange: () => void;
  #status: StreamStatus = "connecting";
  #cancelLoss: (() => void) | null = null;

  constructor(timing: Timing, onChange: () => void) {
    this.#timing = timing;
    this.#onChange = onChange;
  }

  get status(): StreamStatus {
    return this.#status;
  }

  set(status: StreamStatus): void {
    if (status === "waiting") {
      this.#cancelLoss ??= this.#timing.after(LOSS_MS, () => this.#show("waiting"));
      return;
    }
    this.#cancelLoss?.();
    this.#cancelLoss = null;
    this.#show(status);
  }

  #show(status: StreamStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#onChange();
  }
}
