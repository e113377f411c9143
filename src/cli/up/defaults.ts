/** @module What `carryout up` takes for settings that nobody gives. */

import type { Settings } from "../../config/config.ts";

/**
 * Several nodes share the machine: each makes two files at a time, and all can be seen at work. A stop does not wait
 * for file transfers: another node answers when the browser goes on.
 */
export const UP_DEFAULTS: Partial<Settings> = { capacity: 2, stopMs: 500 };
