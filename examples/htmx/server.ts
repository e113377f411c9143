import { type HttpBindings, serve } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import { openNode, renderButton, renderTray } from "carryout";
import { Hono } from "hono";

/** Stands for the application's own sign-in: the id of the user whose session this request has. */
const userOf = (_request: Request) => "ann";

const exports = await openNode({
  engine: "sqlite:.carryout",
  basePath: "/exports",
  generators: new URL("../embed/generators.ts", import.meta.url),
  identify: userOf,
});

const head = `<meta charset="utf-8"><title>Reports</title><link rel="icon" href="data:,">
  <link rel="stylesheet" href="/exports/carryout/carryout.css">
  <script src="/htmx/htmx.min.js" defer></script>`;

/** What the page shows now: asked for again every second, and after each form. */
const downloadsOf = async (request: Request) => {
  const shared = { downloads: await exports.list(userOf(request)), returnTo: "/", basePath: "/exports" };
  return renderButton({ ...shared, kind: "report", label: "Download report" }) + renderTray(shared);
};

const app = new Hono<{ Bindings: HttpBindings }>();
app.all("/exports/*", (context) => exports.fetch(context.req.raw, context.env));
app.get("/", async ({ html, req }) =>
  html(`<!doctype html><html lang="en">${head}<body hx-boost:inherited="true">
    <main hx-get="/fragment" hx-trigger="every 1s" hx-swap="innerMorph">${await downloadsOf(req.raw)}</main>`),
);
app.get("/fragment", async ({ html, req }) => html(await downloadsOf(req.raw)));
const htmx = new URL("./", import.meta.resolve("htmx.org")).pathname;
app.use("/htmx/*", serveStatic({ root: htmx, rewriteRequestPath: (path) => path.replace("/htmx", "") }));
const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000), hostname: "127.0.0.1" });
process.once("SIGTERM", () => exports.close().then(() => server.close()));
