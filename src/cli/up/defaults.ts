/** @module Defaults of `carryout up` for settings that are not given. */

import type { Settings } from "../../config/config.ts";

/**
 * Several nodes share the machine: each makes two files at a time, so that all of them take part. A stop does not
 * wait for file transfers: browsers resume them from another node.
 */
export const UP_DEFAULTS: Partial<Settings> = { capacity: 2, stopMs: 500 };
