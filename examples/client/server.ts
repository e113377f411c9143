import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { stripTypeScriptTypes } from "node:module";
import { openNode } from "carryout";

const exports = await openNode({
  engine: "sqlite:.carryout",
  basePath: "/exports",
  generators: new URL("../embed/generators.ts", import.meta.url),
});

const page = `<!doctype html><html lang="en"><title>Downloads</title>
  <script type="importmap">{ "imports": { "carryout/client": "/exports/carryout/client.js" } }</script>
  <script type="module" src="/page.js"></script>
  <button>Download report</button><output></output><ul></ul>`;
// A bundler would do this, and bring carryout/client along.
const script = stripTypeScriptTypes(readFileSync(new URL("./page.ts", import.meta.url), "utf8"));

const server = createServer((request, response) => {
  exports.listener(request, response, () => {
    const isScript = request.url === "/page.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html; charset=utf-8");
    response.end(isScript ? script : page);
  });
});
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1");
process.once("SIGTERM", () => exports.close().then(() => server.close()));
