/** @module Messages between the primary and its node processes. */

/** How a node process should run: the sources of its settings, and its place in the cluster. */
export interface NodeOrders {
  file: string | undefined;
  /** As given on the command line. */
  flags: Record<string, string>;
  name: string;
  host: string;
  entryPort: number;
  ownPort: number;
  /** Secret for the visitors' cookies, if neither a setting nor the engine provides one. */
  secret: string | undefined;
  operatorToken: string;
}

export type NodeReport =
  | { type: "ready"; url: string }
  /** It could not start. The message is for users; an error that is not retriable would only happen again. */
  | { type: "failed"; message: string; retriable: boolean };

/** The environment variable that holds a node process's orders. */
export const ORDERS_VARIABLE = "CARRYOUT_NODE_ORDERS";
