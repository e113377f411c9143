import { type HttpBindings, serve } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import { openNode } from "carryout";
import { Hono } from "hono";

const downloads = await openNode({
  engine: "sqlite:.carryout",
  basePath: "/exports",
  generators: new URL("../embed/generators.ts", import.meta.url),
});

const app = new Hono<{ Bindings: HttpBindings }>();
app.all("/exports/*", (context) => downloads.fetch(context.req.raw, context.env));
app.use(serveStatic({ root: new URL("./dist", import.meta.url).pathname }));
const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000), hostname: "127.0.0.1" });
process.once("SIGTERM", () => downloads.close().then(() => server.close()));
