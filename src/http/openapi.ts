/** @module `/openapi.json`: the HTTP contract for programs (OpenAPI 3.1). */

import type { Hono } from "hono";
import { openApiPaths } from "./openapi-paths.ts";
import { openApiComponents } from "./openapi-schemas.ts";

export function openApiDocument(options: { basePath: string; version: string }) {
  return {
    openapi: "3.1.0",
    info: {
      title: "Carryout",
      version: options.version,
      summary: "Long downloads that survive failures",
      description:
        "Request a file that takes a while, watch its progress from any node, download it when it is ready. " +
        "Every error is a problem (RFC 9457) with a stable `code`.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: options.basePath || "/" }],
    tags: [
      { name: "downloads", description: "A user's own downloads" },
      { name: "cluster", description: "For operators" },
      { name: "operation", description: "For probes and monitoring" },
    ],
    paths: openApiPaths,
    components: openApiComponents,
  };
}

export function openApiRoutes(app: Hono, options: { basePath: string; version: string }): void {
  const document = JSON.stringify(openApiDocument(options));
  app.get("/openapi.json", (context) =>
    context.body(document, 200, { "Content-Type": "application/json", "Cache-Control": "public, no-cache" }),
  );
}
