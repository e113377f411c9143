import { createServer } from "node:http";
import { openNode } from "carryout";

const exports = await openNode<typeof import("./generators.ts")>({
  engine: "sqlite:.carryout",
  generators: new URL("./generators.ts", import.meta.url),
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
