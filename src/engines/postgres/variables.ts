/** @module The environment variables by which a node logs in to PostgreSQL. */

export const POSTGRES_VARIABLES = ["CARRYOUT_POSTGRES_USER", "CARRYOUT_POSTGRES_PASSWORD"] as const;
