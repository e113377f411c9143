/** @module What a node takes besides its settings, only in code. */

import type { Generator } from "../generator/generator.ts";
import type { AskOperators } from "../http/operators.ts";
import type { Log } from "../ports/log.ts";

export interface NodeExtras {
  /** Default: JSON lines on standard error, from the configured level. */
  readonly log?: Log | undefined;
  /** The source of logins, and the generators' environment without them; default the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Instead of the module in the settings. */
  readonly generators?: readonly Generator<unknown>[] | undefined;
  /** The application's own operators, who may see and drain the cluster. */
  readonly operators?: AskOperators | undefined;
  /** All nodes run on this machine: their process ids mean something to one another. Default false. */
  readonly localCluster?: boolean | undefined;
}
