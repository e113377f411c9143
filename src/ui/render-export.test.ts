import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { at, ready } from "../client/sample.testing.ts";
import { assertHarmless } from "./harmless.testing.ts";
import { orders } from "./orders.testing.ts";
import { renderExport } from "./render-export.ts";

const base = {
  export: orders,
  returnTo: "/orders?page=2",
  downloads: [],
  now: Date.parse("2026-01-02T03:10:00Z"),
};
const escaped = /&#(\d+);/g;
const unescaped = (text: string) => text.replace(escaped, (_, code) => String.fromCharCode(Number(code)));

test("a form that posts format, columns and parameters, and comes back", () => {
  const html = renderExport(base);
  assert.match(html, /<form class="co-form" method="post" action="\/downloads">/);
  for (const control of [
    '<input type="radio" name="kind" value="orders.csv" checked>',
    '<input type="radio" name="kind" value="orders.pdf">',
    '<input type="hidden" name="params.columns" value="id">',
    '<input type="checkbox" part="check" name="params.columns" value="customer" checked>',
    '<input type="checkbox" part="check" name="params.columns" value="note">',
    '<input type="hidden" name="params.archived" value="false">',
    '<option value="JP">日本</option>',
    '<option value="" selected>Any</option>',
    '<input type="checkbox" part="check" name="params.states" value="open" checked>',
    '<input type="hidden" name="slot" value="default">',
    '<input type="hidden" name="return_to" value="/orders?page=2">',
  ]) {
    assert.ok(html.includes(control), control);
  }
  assert.match(html, /<bdi>Download CSV<\/bdi>/);
  assert.match(html, /<bdi>Number<\/bdi>/);
});

test("the limits of the schema are those of the controls", () => {
  const html = unescaped(renderExport(base));
  const control = (name: string) =>
    new RegExp(`<input [^>]*name="params.${name}"[^>]*>`).exec(html)?.[0] ?? "";
  assert.match(
    control("customer"),
    /^<input type="text".* required .*maxlength="40".*title="Or a part of the name"/,
  );
  assert.match(control("customer"), /pattern="\[\\s\\S\]\*\(\?:\^\\p\{L\}\+\$\)\[\\s\\S\]\*"/);
  assert.match(control("minimum"), /^<input type="number".* min="0" step="1">/);
  assert.doesNotMatch(control("minimum"), / max=/);
  assert.match(control("since"), /^<input type="date"/);
  assert.doesNotMatch(html, /name="params\.tenant"/);
});

test("each control has a label, and is described by its help and by what is wrong with it", () => {
  const html = renderExport(base);
  const ids = new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
  assert.equal(ids.size, [...html.matchAll(/ id="/g)].length, "ids are unique");
  for (const [, list] of html.matchAll(/ aria-describedby="([^"]+)"/g)) {
    for (const id of list!.split(" ")) assert.ok(ids.has(id), id);
  }
  for (const [, id] of html.matchAll(/<(?:select|input)[^>]* id="([^"]+)"/g)) {
    assert.ok(html.includes(` for="${id}"`), id);
  }
});

test("values of the page are chosen, and sent where no control has them", () => {
  const values = {
    country: "JP",
    columns: ["note"],
    minimum: 5,
    tenant: "a b",
    timeZone: "Asia/Tokyo",
    flag: false,
  };
  const html = renderExport({ ...base, values, format: "pdf" });
  for (const part of [
    '<option value="JP" selected>',
    'value="customer"><span>',
    'value="note" checked>',
    'name="params.minimum" aria-describedby="co-default-orders-2-mistake" value="5"',
    '<input type="hidden" name="params.tenant" value="a b">',
    '<input type="hidden" name="params.timeZone" value="Asia/Tokyo">',
    '<input type="hidden" name="params.flag" value="false">',
    '<input type="radio" name="kind" value="orders.pdf" checked>',
    "<bdi>Download PDF</bdi>",
  ]) {
    assert.ok(html.includes(part), part);
  }
});

test("names and notes of formats; one format alone is no choice", () => {
  const choices = [{ kind: "orders.pdf", name: "Print", note: "For paper" }];
  const html = renderExport({ ...base, choices });
  assert.match(html, /<input type="hidden" name="kind" value="orders.pdf">/);
  assert.ok(!html.includes('type="radio"'));
  assert.match(html, /<bdi>Download Print<\/bdi><\/button><p class="co-note"><bdi>For paper<\/bdi>/);
});

test("running: its progress and no form; finished: the form is one click away", () => {
  const running = renderExport({ ...base, downloads: [at(0.41, { kind: "orders.csv" })] });
  assert.match(running, /<progress class="co-bar" max="100" value="41"/);
  assert.ok(!running.includes("co-form"));
  const done = renderExport({ ...base, downloads: [ready({ kind: "orders.pdf" })] });
  assert.match(
    done,
    /Your file is ready.*<details class="co-end"><summary.*New export.*<form class="co-form"/,
  );
  const foreign = renderExport({ ...base, downloads: [ready({ kind: "invoices.pdf" })] });
  assert.ok(!foreign.includes("co-panel") && foreign.includes("co-form"));
});

test("a form that was refused says so", () => {
  const html = renderExport({ ...base, problem: "invalid-parameters" });
  assert.match(
    html,
    /role="alert"><strong><bdi>The download could not be started\.<\/bdi><\/strong> <bdi>\(invalid-parameters\)/,
  );
});

test("the script finds what the form was made from", () => {
  const html = renderExport({ ...base, values: { country: "CH" }, format: "pdf" });
  const json = (name: string) => JSON.parse(unescaped(new RegExp(` ${name}="([^"]*)"`).exec(html)![1]!));
  assert.deepEqual([json("export"), json("values")], [orders, { country: "CH" }]);
  assert.match(html, /^<carryout-export kind="orders" .* format="pdf"/);
});

test("no text of anybody's becomes markup, whatever stands where", () => {
  const evil = fc.constantFrom(`<script>`, `"><img src=x onerror=1>`, `' onclick='1`, "&lt;b&gt;", "</form>");
  fc.assert(
    fc.property(fc.array(evil, { minLength: 6, maxLength: 6 }), (texts) => {
      const [kind, title, name, label, value, slot] = texts as [
        string,
        string,
        string,
        string,
        string,
        string,
      ];
      const property = { title, description: label, examples: [value] };
      const html = renderExport({
        ...base,
        slot,
        label,
        returnTo: value,
        problem: value,
        values: { [name]: value, [label]: [title], text: value },
        choices: [
          { kind, name, note: value },
          { kind: `${kind}2`, name },
        ],
        export: {
          kind,
          title,
          formats: [kind, `${kind}2`].map((one) => ({ name, kind: one, extension: name, type: title })),
          columns: [
            { key: name, title, optional: true, selected: true },
            { key: value, title: label, optional: false, selected: true },
          ],
          params: {
            properties: {
              text: { ...property, type: "string", pattern: value, default: label },
              [label]: { ...property, type: "array", items: { enum: [title, value] } },
              choice: { ...property, oneOf: [{ const: value, title }] },
              check: { ...property, type: "boolean", default: true },
              number: { ...property, type: "number", default: 1 },
            },
          },
        },
      });
      assertHarmless(html);
    }),
    { numRuns: 50 },
  );
});
