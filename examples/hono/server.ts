import { type HttpBindings, serve } from "@hono/node-server";
import { openNode } from "carryout";
import { Hono } from "hono";

const exports = await openNode({
  engine: "sqlite:.carryout",
  basePath: "/exports",
  generators: new URL("../embed/generators.ts", import.meta.url),
});

const app = new Hono<{ Bindings: HttpBindings }>();
app.all("/exports/*", (context) => exports.fetch(context.req.raw, context.env));
app.get("/", (context) =>
  context.html(`<script type="module" src="/exports/carryout/elements.js"></script>
    <carryout-button kind="report" label="Download report"></carryout-button>`),
);
const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000), hostname: "127.0.0.1" });
process.once("SIGTERM", () => exports.close().then(() => server.close()));
