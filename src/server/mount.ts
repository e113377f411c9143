/** @module Which requests of the host application's server are an embedded node's, wherever it is mounted there. */

import type { IncomingMessage } from "node:http";
import { CarryoutError } from "../errors.ts";
import { ALL_PATHS, isBelow, isOwnPath, PAGE_PATHS, withoutBase } from "../http/base-path.ts";
import type { NodeListener } from "../http/listener.ts";

export interface Mount {
  /** Normal. */
  basePath: string;
  /** Takes `/healthz`, `/readyz`, `/metrics` and `/openapi.json` as well. */
  operations: boolean;
}

/** What Express and Connect add to a request when they pass it to what is mounted under a path. */
type MountedRequest = Pick<IncomingMessage, "url"> & { originalUrl?: string; baseUrl?: string };

/** Whether a path, or a URL that begins with one, is the node's. */
export function isMounted(path: string, { basePath, operations }: Mount): boolean {
  if (!isBelow(path, basePath)) return false;
  return isOwnPath(withoutBase(path, basePath), operations ? ALL_PATHS : PAGE_PATHS);
}

/**
 * The request's path as browsers know it when it is the node's, else null. Throws `invalid-config` where the framework
 * has mounted the node under a path that its base path says nothing of: all links would lead away.
 */
export function mountedUrl(request: MountedRequest, mount: Mount): string | null {
  const { basePath } = mount;
  const { url = "/", baseUrl = "", originalUrl = url } = request;
  if (baseUrl !== "" && !basePath.startsWith(baseUrl) && !basePath.endsWith(baseUrl)) {
    throw misplaced(baseUrl, mount);
  }
  // A proxy in front may have stripped what stands before the framework's own path.
  const whole = isBelow(originalUrl, basePath) || baseUrl === "" ? originalUrl : `${basePath}${url}`;
  return isMounted(whole, mount) ? whole : null;
}

/** What to say where a framework has mounted the node under a path that its base path says nothing of. */
export function misplaced(path: string, { basePath }: Mount): CarryoutError {
  return new CarryoutError(
    "invalid-config",
    `the node is mounted under ${JSON.stringify(path)}, but its basePath is ${JSON.stringify(basePath || "/")}: give openNode the path under which browsers see it`,
  );
}

/** Hands the node what is its own, and `next` the rest and what is wrong. Without `next` all is the node's. */
export function mountedListener(answer: NodeListener, mount: Mount): NodeListener {
  return (request, response, next) => {
    if (next === undefined) return answer(request, response);
    let url: string | null;
    try {
      url = mountedUrl(request, mount);
    } catch (error) {
      return next(error);
    }
    if (url === null) return next();
    const seen = request.url ?? "/";
    request.url = url;
    answer(request, response, (error) => {
      request.url = seen; // Express finds its way by it
      next(error);
    });
  };
}
