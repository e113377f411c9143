/** @module The operator of clusters that tests start. */

export const OPERATOR_TOKEN = "the-operator-of-the-tests";

/** Headers of an operator's request. */
export const asOperator = { Authorization: `Bearer ${OPERATOR_TOKEN}` } as const;
