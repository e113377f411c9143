/** @module The client that a tree of Svelte components uses. */

import { getContext, hasContext, setContext } from "svelte";
import { type CarryoutClient, type ClientOptions, createClient } from "../client/client.ts";

const CLIENT = Symbol("carryout");

export interface CarryoutOptions extends Pick<ClientOptions, "src" | "session" | "initial"> {
  /** A client of the application's own, in place of the other options. */
  client?: CarryoutClient | undefined;
}

/**
 * Gives the components below this one a client: call it while a component is initialised. `src` is where the API is
 * ("/downloads"); `initial` is what the server knew when it rendered, `{ downloads: await node.list(user) }`.
 */
export function setCarryout(options: CarryoutOptions = {}): CarryoutClient {
  return setContext(CLIENT, options.client ?? createClient(options));
}

/** The client of `setCarryout`; without it, one for "/downloads". */
export function getCarryout(): CarryoutClient {
  return hasContext(CLIENT) ? getContext<CarryoutClient>(CLIENT) : createClient();
}
