import { createServer } from "node:http";
import { openNode } from "../../src/index.ts"; // "carryout" in your project

const exports = await openNode({
  engine: "sqlite:.carryout",
  generators: new URL("./generators.ts", import.meta.url).href,
});

const server = createServer((request, response) => {
  exports.listener(request, response, () => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(`<script type="module" src="/carryout/elements.js"></script>
      <carryout-button kind="report" label="Download report"></carryout-button>`);
  });
});
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1");
process.once("SIGTERM", () => exports.close().then(() => server.close()));
