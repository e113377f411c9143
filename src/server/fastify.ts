/** @module A mounted node as a Fastify plugin. Fastify's types are not needed: what it is asked for stands here. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { ALL_PATHS, isBelow, PAGE_PATHS, withoutBase } from "../http/base-path.ts";
import type { NodeListener } from "../http/listener.ts";
import { type Mount, misplaced } from "./mount.ts";

/**
 * For `app.register(node.fastify)`, below a `prefix` or not. Encapsulated: the hooks that the application has added before
 * hold for the node's routes too, and nothing of the plugin holds for the application's. Bodies are left to the node.
 * Closing the application closes the node. Fails with `invalid-config` when the base path neither begins nor ends with the
 * prefix.
 */
export type FastifyPlugin = (instance: FastifyScope, options: object) => Promise<void>;

/** The part of a `FastifyInstance` that the plugin uses. */
export interface FastifyScope {
  readonly prefix: string;
  all(path: string, handler: (request: FastifyRawRequest, reply: FastifyRawReply) => void): unknown;
  removeAllContentTypeParsers(): void;
  addContentTypeParser(
    contentType: string,
    parser: (request: unknown, payload: unknown, done: (error: null) => void) => void,
  ): unknown;
  addHook(name: "preClose", hook: () => Promise<void>): unknown;
}

export interface FastifyRawRequest {
  readonly raw: IncomingMessage;
}

export interface FastifyRawReply {
  readonly raw: ServerResponse;
  getHeaders(): Record<string, number | string | string[] | undefined>;
  hijack(): unknown;
}

export function fastifyPlugin(answer: NodeListener, mount: Mount, close: () => Promise<void>): FastifyPlugin {
  const plugin: FastifyPlugin = async (scope) => {
    const prefix = scope.prefix.replace(/\/$/, "");
    const { inside, isStripped } = placeBelow(prefix, mount);
    // The node reads bodies itself. The parsers of this scope are a copy: the application's stay as they are.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
    for (const own of mount.operations ? ALL_PATHS : PAGE_PATHS) {
      for (const path of [`${inside}/${own}`, `${inside}/${own}/*`]) {
        scope.all(path, ({ raw: request }, reply) => {
          reply.hijack();
          for (const [name, value] of Object.entries(reply.getHeaders())) {
            if (value !== undefined) reply.raw.setHeader(name, value); // Fastify would have sent them
          }
          const { url = "/" } = request;
          if (isStripped) request.url = `${mount.basePath}${withoutBase(url, prefix)}`;
          answer(request, reply.raw);
        });
      }
    }
    // Before Fastify waits for open connections: event streams end only with the node.
    scope.addHook("preClose", close);
  };
  return Object.assign(plugin, { [Symbol.for("fastify.display-name")]: "carryout" });
}

/** Where the node's paths begin below the prefix; `isStripped` when a proxy has removed what stands before the prefix. */
function placeBelow(prefix: string, mount: Mount): { inside: string; isStripped: boolean } {
  const { basePath } = mount;
  if (isBelow(basePath, prefix)) return { inside: basePath.slice(prefix.length), isStripped: false };
  if (basePath.endsWith(prefix)) return { inside: "", isStripped: true };
  throw misplaced(prefix, mount);
}
