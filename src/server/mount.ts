/** @module Which of the host application's requests belong to an embedded node, wherever it is mounted. */

import type { IncomingMessage } from "node:http";
import { CarryoutError } from "../errors.ts";
import { ALL_PATHS, isBelow, isOwnPath, PAGE_PATHS, withoutBase } from "../http/base-path.ts";
import type { NodeListener } from "../http/listener.ts";

export interface Mount {
  /** Normalised base path. */
  basePath: string;
  /** Handles `/healthz`, `/readyz`, `/metrics` and `/openapi.json` as well. */
  operations: boolean;
}

/** What Express and Connect add to requests for handlers mounted under a path. */
type MountedRequest = Pick<IncomingMessage, "url"> & { originalUrl?: string; baseUrl?: string };

/** Whether a path, or a URL that begins with one, belongs to the node. */
export function isMounted(path: string, { basePath, operations }: Mount): boolean {
  if (!isBelow(path, basePath)) return false;
  return isOwnPath(withoutBase(path, basePath), operations ? ALL_PATHS : PAGE_PATHS);
}

/**
 * The request's path as browsers see it if it belongs to the node, else null. Throws `invalid-config` if the framework
 * has mounted the node under a path that does not match its base path: all links would be wrong.
 */
export function mountedUrl(request: MountedRequest, mount: Mount): string | null {
  const { basePath } = mount;
  const { url = "/", baseUrl = "", originalUrl = url } = request;
  if (baseUrl !== "" && !basePath.startsWith(baseUrl) && !basePath.endsWith(baseUrl)) {
    throw misplaced(baseUrl, mount);
  }
  // A proxy in front may have stripped the part before the framework's own path.
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

/** Passes the node its own requests, and `next` the others and errors. Without `next` the node gets everything. */
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
      request.url = seen; // Express routes by it
      next(error);
    });
  };
}
