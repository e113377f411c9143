import assert from "node:assert/strict";
import { test } from "node:test";
import { Hono } from "hono";
import { inFrontOf, routesWithoutApplication, withVisitorCookie } from "./application.ts";

test("without an application, its paths are answered like all others", async () => {
  const routes = await routesWithoutApplication({ basePath: "" });
  const start = await routes.request("/");
  assert.equal(start.headers.get("location"), "/cluster");
  const mounted = await (await routesWithoutApplication({ basePath: "/a" })).request("/");
  assert.equal(mounted.headers.get("location"), "/a/cluster");
  for (const [path, method, status] of [
    ["/nowhere", "GET", 404],
    ["/", "DELETE", 405],
  ] as const) {
    const response = await routes.request(path, { method });
    assert.equal(response.status, status);
    assert.equal(response.headers.get("content-type"), "application/problem+json");
  }
});

test("the first page brings the cookie, in an answer that no shared cache keeps", async () => {
  const application = new Hono();
  for (const [path, caching] of [
    ["/", null],
    ["/public", "public, max-age=60"],
    ["/own", "private, max-age=60"],
  ] as const) {
    application.get(path, (context) => {
      if (caching) context.header("Cache-Control", caching);
      context.header("Set-Cookie", "theirs=1");
      return context.html("<p>page</p>", 201);
    });
  }
  application.get("/data", (context) => context.json({}));
  application.post("/", (context) => context.html("posted"));
  const pages = withVisitorCookie(application, (request) =>
    request.headers.has("cookie") ? null : "ours=1",
  );
  const answer = async (path: string, init: RequestInit = {}) =>
    pages.fetch(new Request(`http://a.example${path}`, { headers: { accept: "text/html,*/*" }, ...init }));

  const page = await answer("/");
  assert.deepEqual(page.headers.getSetCookie(), ["theirs=1", "ours=1"]);
  assert.deepEqual([page.status, await page.text()], [201, "<p>page</p>"]);
  assert.equal(page.headers.get("cache-control"), "private, no-cache");
  assert.equal((await answer("/public")).headers.get("cache-control"), "private, no-cache");
  assert.equal((await answer("/own")).headers.get("cache-control"), "private, max-age=60");

  const others = {
    "of a visitor who has one": await answer("/public", {
      headers: { accept: "text/html", cookie: "ours=1" },
    }),
    "that is not a page": await answer("/data"),
    "to a script": await answer("/public", { headers: { accept: "*/*" } }),
    "to a form": await answer("/", { method: "POST" }),
  };
  for (const [what, { headers }] of Object.entries(others)) {
    assert.ok(!headers.getSetCookie().includes("ours=1"), `an answer ${what}`);
  }
  assert.equal(others["to a script"].headers.get("cache-control"), "public, max-age=60");
});

test("requests for an unknown host name never reach the application", async () => {
  const application = new Hono().get("/", (context) => context.text("the page"));
  const ours = new Hono().all("*", (context) => context.text("refused", 421));
  const isForUs = (request: Request) => request.headers.get("host") === "localhost";
  const app = inFrontOf(application, ours, isForUs);
  const ask = async (host: string) =>
    (await app.fetch(new Request("http://127.0.0.1/", { headers: { host } }))).status;
  assert.deepEqual([await ask("localhost"), await ask("evil.example")], [200, 421]);
});
