/** @module The option `lifeline` of an engine's URL: where a node listens for the lifelines of other nodes. */

import { lifelineBinding } from "./binding.ts";

/** With a null port the node uses any free one. */
export type LifelineOption = "off" | { host: string; port: number | null };

/** What `listenForLifelines` gets, or "off". */
export type LifelineListen = "off" | { host: string; port?: number; addresses?: string[] };

export const LIFELINE_EXPECTED = '"off", HOST or HOST:PORT';

/** Null for an invalid value: see `LIFELINE_EXPECTED`. */
export function readLifelineOption(value: string): LifelineOption | null {
  if (value === "off") return value;
  const parts = /^(\[[0-9a-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/i.exec(value);
  const port = parts?.[2] === undefined ? null : Number(parts[2]);
  if (!parts || (port !== null && (port < 1 || port > 65_535))) return null;
  return { host: parts[1]!.replace(/^\[|\]$/g, ""), port };
}

/** Without the option it depends on the hosts of the engine's servers: see `lifelineBinding`. */
export function lifelineListen(
  option: LifelineOption | null,
  serverHosts: readonly string[],
): LifelineListen {
  if (option === "off") return "off";
  if (option === null) return lifelineBinding(serverHosts);
  return { host: option.host, ...(option.port !== null && { port: option.port }) };
}
