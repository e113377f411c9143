/** @module Size limits for generators' states and requests' parameters, the same on every engine. */

/**
 * A checkpoint's state, as JSON in UTF-8. It is part of the record, which every progress tick rewrites and which NATS
 * limits to 1 MiB.
 */
export const LARGEST_STATE_BYTES = 256 * 1024;

/** A schema's output parameters, as JSON in UTF-8. They are part of the record as well. */
export const LARGEST_PARAMS_BYTES = 128 * 1024;
