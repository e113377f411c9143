import assert from "node:assert/strict";
import { test } from "node:test";
import { ann, testApp } from "./app.testing.ts";
import { problemPage } from "./problem-page.ts";

const gone = "/downloads/AAAAAAAAAAAAAAAAAAAAAA/report.pdf";
const get = (accept?: string) =>
  testApp({}).app.request(gone, { headers: { ...ann, ...(accept !== undefined && { Accept: accept }) } });

test("a browser that opens a kept link reads a page in words", async () => {
  const response = await get("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
  assert.equal(response.status, 404);
  assert.equal(response.headers.get("content-type"), "text/html; charset=UTF-8");
  assert.match(response.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  assert.equal(response.headers.get("cache-control"), "no-store");
  const page = await response.text();
  assert.match(page, /<h1>No such download<\/h1>/);
  assert.match(page, /may have been dismissed or expired/);
});

test("programs get the problem as JSON", async () => {
  for (const accept of [undefined, "*/*", "application/json", "text/html;q=0, */*", "text/htmlx"]) {
    const response = await get(accept);
    assert.equal(response.headers.get("content-type"), "application/problem+json", accept);
    assert.match(response.headers.get("vary") ?? "", /Accept/);
    assert.equal(((await response.json()) as { code: string }).code, "not-found");
  }
});

test("what a problem says can't become markup", async () => {
  const page = String(await problemPage({ title: "<b>", detail: '"><script>', reference: "<i>" }, "/"));
  assert.ok(!/<b>|<script|<i>/.test(page));
});
