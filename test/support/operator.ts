/** @module The operator of clusters that tests start. */

export const OPERATOR_TOKEN = "the-operator-of-the-tests";

/** Of a request that an operator makes. */
export const asOperator = { Authorization: `Bearer ${OPERATOR_TOKEN}` } as const;
