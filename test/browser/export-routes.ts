/** @module A page with an export's form, rendered on the server. */

import { Hono } from "hono";
import { type RoutesContext, renderExport, renderHead } from "../../src/index.ts";

export default function routes({ carryout, user, assetsPath, basePath }: RoutesContext): Hono {
  const app = new Hono();
  app.get("/", async (context) => {
    const person = await user(context.req.raw);
    const downloads = person === null ? [] : await carryout.list(person);
    const [offer] = carryout.exports();
    const form = renderExport({
      export: offer!,
      downloads,
      basePath,
      returnTo: "/",
      problem: context.req.query("carryout_error") ?? null,
    });
    const head = renderHead({ downloads, assetsPath });
    return context.html(
      `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Orders</title><link rel="icon" href="data:,">${head}<body>${form}`,
    );
  });
  return app;
}
