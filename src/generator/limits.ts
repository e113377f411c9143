/** @module How much a generator and those who ask for files may hand over: the same on every engine. */

/**
 * A checkpoint's state, as JSON in UTF-8. It is part of the record, which every tick of progress writes anew and NATS
 * bounds at 1 MiB.
 */
export const LARGEST_STATE_BYTES = 256 * 1024;

/** The parameters that a schema gives, as JSON in UTF-8. They are part of the record as well. */
export const LARGEST_PARAMS_BYTES = 128 * 1024;
