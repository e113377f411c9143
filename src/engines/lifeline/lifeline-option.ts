/** @module The option `lifeline` of an engine's URL: where a node listens for the lifelines of other nodes. */

import { type HostPort, readHostPort } from "../../text/host-port.ts";
import { listenHost } from "./binding.ts";

/** With a null port the node uses any free one. */
export type LifelineOption = "off" | HostPort;

export const LIFELINE_EXPECTED = '"off", HOST or HOST:PORT';

/** Null for an invalid value: see `LIFELINE_EXPECTED`. */
export function readLifelineOption(value: string): LifelineOption | null {
  return value === "off" ? value : readHostPort(value);
}

/** Without the option it depends on the hosts of the engine's servers: see `listenHost`. */
export function lifelineOf(option: LifelineOption | null, serverHosts: readonly string[]): LifelineOption {
  return option ?? { host: listenHost(serverHosts), port: null };
}
