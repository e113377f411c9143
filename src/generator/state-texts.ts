/** @module The states that a generator offers at its checkpoints, as text. */

import type { Json } from "../download/json.ts";
import type { Clock } from "../ports/clock.ts";
import { jsonText, sizeOf } from "./json-copy.ts";
import { LARGEST_STATE_BYTES } from "./limits.ts";

/** States that are not due to be saved are validated as well, but in at most a twentieth of the time. */
const MEASURING_PAUSES = 20;

export class StateTexts {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #onTooLarge: (sizeBytes: number) => void;
  /** When the last state was validated, how long that took, and whether it was too large. */
  #measuredAt = Number.NEGATIVE_INFINITY;
  #measureMs = 0;
  #wasTooLarge = false;

  /** `onTooLarge` is called for the first of several that exceed `LARGEST_STATE_BYTES`. */
  constructor(clock: Pick<Clock, "monotonic">, onTooLarge: (sizeBytes: number) => void) {
    this.#clock = clock;
    this.#onTooLarge = onTooLarge;
  }

  /** The JSON text of a state that is due and can be saved, else null. Throws a `TypeError` if it is not JSON. */
  take(state: Json, isDue: boolean): string | null {
    const now = this.#clock.monotonic();
    const isMeasuredOften = now - this.#measuredAt < MEASURING_PAUSES * this.#measureMs;
    if (isMeasuredOften && (this.#wasTooLarge || !isDue)) return null;
    const text = jsonText(state, "a checkpoint's state");
    const sizeBytes = sizeOf(text);
    this.#measuredAt = this.#clock.monotonic();
    this.#measureMs = this.#measuredAt - now;
    const isTooLarge = sizeBytes > LARGEST_STATE_BYTES;
    if (isTooLarge && !this.#wasTooLarge) this.#onTooLarge(sizeBytes);
    this.#wasTooLarge = isTooLarge;
    return isDue && !isTooLarge ? text : null;
  }
}
