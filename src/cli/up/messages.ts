/** @module What the primary and its node processes tell each other. */

/** How a node process is to run: the sources of its settings, and its own place in the cluster. */
export interface NodeOrders {
  file: string | undefined;
  /** As given on the command line. */
  flags: Record<string, string>;
  name: string;
  host: string;
  entryPort: number;
  ownPort: number;
  /** For the visitors' cookies, where neither a setting nor the engine gives one. */
  secret: string | undefined;
  operatorToken: string;
}

export type NodeReport =
  | { type: "ready"; url: string }
  /** It could not start. The message is for people; what is not retriable would only happen again. */
  | { type: "failed"; message: string; retriable: boolean };

/** The environment variable in which a node process finds its orders. */
export const ORDERS_VARIABLE = "CARRYOUT_NODE_ORDERS";
