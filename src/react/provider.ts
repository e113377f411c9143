"use client";

/** @module The client that a tree of React components uses. */

import { createContext, createElement, type ReactNode, useContext, useMemo } from "react";
import { type CarryoutClient, type ClientOptions, createClient } from "../client/client.ts";

const ClientContext = createContext<CarryoutClient | null>(null);

export interface CarryoutProviderProps extends Pick<ClientOptions, "src" | "session" | "initial"> {
  /** A client of the application's own, in place of the other properties. */
  client?: CarryoutClient | undefined;
  children?: ReactNode;
}

/**
 * Gives the components and hooks below it a client. `src` is where the API is ("/downloads"); `initial` is what the
 * server knew when it rendered, `{ downloads: await node.list(user) }`: the first state, on the server and in the
 * browser.
 */
export function CarryoutProvider({ client, src, session, initial, children }: CarryoutProviderProps) {
  // A later `initial` would be older than what the event stream has brought.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const value = useMemo(() => client ?? createClient({ src, session, initial }), [client, src, session]);
  return createElement(ClientContext.Provider, { value }, children);
}

/** The provider's client; without a provider, one for "/downloads". */
export function useCarryoutClient(): CarryoutClient {
  const client = useContext(ClientContext);
  const own = useMemo(() => (client ? null : createClient()), [client]);
  return client ?? (own as CarryoutClient);
}
