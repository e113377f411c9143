/** @module The answer when no route matches: 404, or 405 with the methods that the path supports. */

import type { Context, Hono } from "hono";
import { HttpProblem, problemTo } from "./problems.ts";

export interface Route {
  /** Upper case. */
  method: string;
  /** With `:name` for parameters. */
  path: string;
}

/** The app's routes without its middleware, each once. */
export function routesOf(app: Hono): Route[] {
  const routes = new Map<string, Route>();
  for (const { method, path } of app.routes) {
    if (method !== "ALL") routes.set(`${method} ${path}`, { method, path });
  }
  return [...routes.values()];
}

/** `homePath` is the target of a problem page's link. */
export function noSuchRoute(app: Hono, homePath: string): (context: Context) => Response | Promise<Response> {
  return (context) => {
    const methods = allowedMethods(routesOf(app), context.req.path).join(", ");
    return problemTo(
      context,
      methods === ""
        ? new HttpProblem("no-such-route", "No route of Carryout has this path.")
        : new HttpProblem("method-not-allowed", `Allowed methods: ${methods}.`, {
            headers: { Allow: methods },
          }),
      homePath,
    );
  };
}

function allowedMethods(routes: Route[], path: string): string[] {
  const methods = new Set<string>();
  for (const route of routes) {
    if (!matches(route.path, path)) continue;
    methods.add(route.method);
    if (route.method === "GET") methods.add("HEAD");
  }
  return [...methods].sort();
}

function matches(pattern: string, path: string): boolean {
  const [given, wanted] = [segmentsOf(path), segmentsOf(pattern)];
  return (
    wanted.length === given.length &&
    wanted.every((segment, index) =>
      segment.startsWith(":") ? given[index] !== "" : segment === given[index],
    )
  );
}

function segmentsOf(path: string): string[] {
  return path.replace(/\/$/, "").split("/");
}
