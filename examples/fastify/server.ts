import { openNode } from "carryout";
import Fastify from "fastify";

const exports = await openNode({
  engine: "sqlite:.carryout",
  basePath: "/exports",
  generators: new URL("../embed/generators.ts", import.meta.url),
});

const app = Fastify();
app.register(exports.fastify);
app.get("/", (_request, reply) => {
  reply.type("text/html").send(`<script type="module" src="/exports/carryout/elements.js"></script>
    <carryout-button kind="report" label="Download report"></carryout-button>`);
});
await app.listen({ port: Number(process.env.PORT ?? 3000), host: "127.0.0.1" });
process.once("SIGTERM", () => app.close());
