/** @module The application's own routes, behind Carryout's. */

import { pathToFileURL } from "node:url";
import { Hono } from "hono";
import { CarryoutError } from "../errors.ts";
import { loadModule, type OnSlow } from "../generator/load-module.ts";
import { ALL_PATHS, isOwnPath } from "../http/base-path.ts";
import { noSuchRoute } from "../http/routes.ts";
import type { Downloads } from "./downloads.ts";

/** The argument of a routes module's default export. */
export interface RoutesContext {
  carryout: Downloads;
  /** The request's user; null if there is none, including a visitor who has not requested anything yet. */
  user(request: Request): Promise<string | null>;
  /** The path of the browser files, as browsers see it. */
  assetsPath: string;
  /**
   * The path under which browsers reach the node; "" for the root. Requests come without it, links need it:
   * `${basePath}/places`.
   */
  basePath: string;
}

export type MakeRoutes = (context: RoutesContext) => Hono | Promise<Hono>;

/** Whether a path behind the base path, or a URL that begins with one, is answered by Carryout. */
export function isOurs(path: string): boolean {
  return isOwnPath(path, ALL_PATHS);
}

/**
 * Loads a routes module and returns a function that creates its routes. Loading may take time and CPU: do it before
 * the node joins. Fails with `invalid-config` if either fails.
 */
export async function loadRoutes(
  path: string,
  onSlow?: OnSlow,
): Promise<(context: RoutesContext) => Promise<Hono>> {
  const url = pathToFileURL(path).href;
  const module = await loadModule(url, onSlow).catch(({ message, cause }: Error) => {
    throw new CarryoutError("invalid-config", `the routes can't be loaded: ${message}`, { cause });
  });
  if (typeof module.default !== "function") {
    throw new CarryoutError(
      "invalid-config",
      `${path}: its default export must be a function that returns the routes`,
    );
  }
  const make = module.default as MakeRoutes;
  return async (context) => {
    const routes = await make(context);
    // Not instanceof: an application may use its own copy of Hono.
    if (typeof routes?.fetch === "function") return routes;
    throw new CarryoutError("invalid-config", `${path}: its default export must return a Hono app`);
  };
}

/** If an application has no start page, the cluster's page is shown. */
export async function routesWithoutApplication({ basePath }: Pick<RoutesContext, "basePath">): Promise<Hono> {
  const routes = new Hono().get("/", (context) => context.redirect(`${basePath}/cluster`));
  routes.notFound(noSuchRoute(routes, `${basePath}/`));
  return routes;
}

/** Routes each request to Carryout or to the application; those for other hosts go to Carryout, which refuses them. */
export function inFrontOf(
  application: Pick<Hono, "fetch">,
  ours: Hono,
  isForUs: (request: Request) => boolean,
): Pick<Hono, "fetch"> {
  return {
    fetch: (request, ...rest) => {
      const { pathname } = new URL(request.url);
      return (isOurs(pathname) || !isForUs(request) ? ours : application).fetch(request, ...rest);
    },
  };
}

/**
 * Sets a visitor's session cookie with the first page that the application renders, so that the parallel requests
 * that follow belong to one user. `cookieFor` returns the `Set-Cookie` value, or null for a visitor who has one.
 */
export function withVisitorCookie(
  application: Pick<Hono, "fetch">,
  cookieFor: (request: Request) => string | null,
): Pick<Hono, "fetch"> {
  return {
    fetch: async (request, ...rest) => {
      const response = await application.fetch(request, ...rest);
      const cookie = isNavigation(request) && isPage(response) ? cookieFor(request) : null;
      if (cookie === null) return response;
      const headers = new Headers(response.headers);
      headers.append("Set-Cookie", cookie);
      // A shared cache must not hand one visitor's cookie to another.
      const isPrivate = /\b(no-store|private)\b/i.test(headers.get("Cache-Control") ?? "");
      if (!isPrivate) headers.set("Cache-Control", "private, no-cache");
      const { body, status, statusText } = response;
      return new Response(body, { status, statusText, headers });
    },
  };
}

function isNavigation(request: Request): boolean {
  return request.method === "GET" && (request.headers.get("accept") ?? "").includes("text/html");
}

function isPage(response: Response): boolean {
  return response.headers.get("content-type")?.startsWith("text/html") ?? false;
}
