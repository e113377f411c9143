/** @module What a node is given beside its settings, by code alone. */

import type { Generator } from "../generator/generator.ts";
import type { AskOperators } from "../http/operators.ts";
import type { Log } from "../ports/log.ts";

export interface NodeExtras {
  /** Default: JSON lines on standard error, from the configured level. */
  readonly log?: Log | undefined;
  /** Where logins come from, and what generators get without them; default the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** In the place of the setting's module. */
  readonly generators?: readonly Generator<unknown>[] | undefined;
  /** The application's own operators, who may see and drain the cluster. */
  readonly operators?: AskOperators | undefined;
  /** All nodes run on this machine: their process ids mean something to one another. Default false. */
  readonly localCluster?: boolean | undefined;
}
