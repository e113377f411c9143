/** @module The client that a Vue application uses. */

import { type App, type InjectionKey, inject } from "vue";
import { type CarryoutClient, type ClientOptions, createClient } from "../client/client.ts";

const CLIENT: InjectionKey<CarryoutClient> = Symbol("carryout");

export interface CarryoutPluginOptions extends Pick<ClientOptions, "src" | "session" | "initial"> {
  /** A client of the application's own, in place of the other options. */
  client?: CarryoutClient | undefined;
}

/**
 * `app.use(carryout({ src, initial }))`. `src` is where the API is ("/downloads"); `initial` is what the server knew
 * when it rendered, `{ downloads: await node.list(user) }`. On a server: one per request, as the application itself.
 */
export function carryout(options: CarryoutPluginOptions = {}): { install(app: App): void } {
  const client = options.client ?? createClient(options);
  return { install: (app) => void app.provide(CLIENT, client) };
}

/** The plugin's client; without the plugin, one for "/downloads". Call it in `setup`. */
export function useCarryoutClient(): CarryoutClient {
  return inject(CLIENT, () => createClient(), true);
}
