import { openNode } from "carryout";
import express from "express";

const exports = await openNode({
  engine: "sqlite:.carryout",
  basePath: "/exports",
  generators: new URL("../embed/generators.ts", import.meta.url),
});

const app = express();
app.use(express.json(), express.urlencoded());
app.use(exports.listener);
app.get("/", (_request, response) => {
  response.send(`<script type="module" src="/exports/carryout/elements.js"></script>
    <carryout-button kind="report" label="Download report"></carryout-button>`);
});
const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1");
process.once("SIGTERM", () => exports.close().then(() => server.close()));
