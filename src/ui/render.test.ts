import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { at, ready, sample } from "../client/sample.testing.ts";
import { assertHarmless } from "./harmless.testing.ts";
import { renderButton, renderHead, renderTray } from "./render.ts";

const base = { kind: "cities.pdf", returnTo: "/?q=a&page=2", now: Date.parse("2026-01-02T03:10:00Z") };

test("without a download: a form that posts kind, params and the way back", () => {
  const html = renderButton({ ...base, downloads: [], params: { country: "FR", other: undefined } });
  assert.match(html, /<form method="post" action="\/downloads">/);
  for (const [name, value] of Object.entries({
    kind: "cities.pdf",
    "params.country": "FR",
    slot: "default",
    return_to: "/?q=a&#38;page=2",
  })) {
    assert.ok(html.includes(`<input type="hidden" name="${name}" value="${value}">`), name);
  }
  assert.ok(!html.includes("params.other"));
  assert.match(html, /<bdi>Download PDF<\/bdi>/);
});

test("with choices: one radio each, the kind is checked", () => {
  const choices = [
    { kind: "cities.pdf", name: "PDF" },
    { kind: "cities.csv", name: "CSV" },
  ];
  const html = renderButton({ ...base, downloads: [], choices });
  assert.match(html, /<input type="radio" name="kind" value="cities.pdf" checked>/);
  assert.match(html, /<input type="radio" name="kind" value="cities.csv">/);
  assert.ok(!html.includes('type="hidden" name="kind"'));
});

test("running: a bar with its value, a form to cancel, no button to start another", () => {
  const html = renderButton({ ...base, downloads: [at(0.41)] });
  assert.match(html, /Generating downloadable file/);
  assert.match(html, /Generating file…/);
  assert.match(
    html,
    /<progress class="co-bar" max="100" value="41" aria-label="File generation: Cities \(PDF\)">/,
  );
  assert.match(html, /<form method="post" action="\/downloads\/a">.*name="_method" value="delete".*Cancel/);
  assert.ok(!html.includes("co-start"));
});

test("waiting: the position in the queue, and a bar without a value", () => {
  const waiting = sample({ state: "pending", node: null, epoch: 0, position: 3, etaMs: 130_000 });
  const html = renderButton({ ...base, downloads: [waiting] });
  assert.match(html, /number 3 in line/);
  assert.match(html, /ready in about 2–3 min/);
  assert.match(html, /<progress class="co-bar" max="100" aria-label/);
});

test("ready: a link with size and date; a failure: its reason", () => {
  const html = renderButton({ ...base, downloads: [ready()] });
  assert.match(html, /Your file is ready/);
  assert.match(
    html,
    /<a class="co-start co-main" href="\/downloads\/a\/cities.pdf" download="cities.pdf">.*Download <bdi>cities.pdf<.*12.3 MB/,
  );
  assert.match(
    html,
    /name="kind" value="cities.pdf">.*Make a new one/,
    "the next one doesn't cost the old one",
  );
  const error = { code: "generation-failed", message: "The disk of the <moon> is full", retriable: true };
  const failed = renderButton({ ...base, downloads: [sample({ state: "error", node: null, error })] });
  assert.match(failed, /The disk of the &#60;moon&#62; is full/);
  assert.match(
    failed,
    /<bdi>Cities \(PDF\)<\/bdi><\/span><span><bdi>5 min\. ago/,
    "which of the exports failed",
  );
  assert.match(failed, /name="_method" value="retry".*<bdi>Retry<\/bdi>/);
  const hopeless = { ...error, retriable: false };
  const ended = renderButton({
    ...base,
    downloads: [sample({ state: "error", node: null, error: hopeless })],
  });
  assert.ok(!ended.includes("retry"));
});

test("in a list every link and button says whose it is", () => {
  const html = renderTray({ ...base, downloads: [ready(), at(0.5, { id: "b", slot: "b", kind: "x.csv" })] });
  assert.match(html, /aria-label="Download cities.pdf"><bdi>cities.pdf<\/bdi>/);
  assert.match(html, /aria-label="Dismiss cities.pdf"/);
  assert.match(html, /aria-label="Cancel X \(CSV\)"/);
});

test("a finished file of another kind doesn't take the button away, a running one does", () => {
  const other = ready({ kind: "cities.csv" });
  assert.match(renderButton({ ...base, downloads: [other] }), /co-start/);
  assert.ok(!renderButton({ ...base, downloads: [at(0.1, { kind: "cities.csv" })] }).includes("co-start"));
});

test("the first state is an attribute that survives escaping", () => {
  const html = renderButton({ ...base, downloads: [at(0.5, { id: `"'<&>` })] });
  const initial = /initial="([^"]*)"/.exec(html)![1]!;
  const state = JSON.parse(initial.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))));
  assert.equal(state.downloads[0].id, `"'<&>`);
});

test("no text of anybody's becomes markup, whatever stands where", () => {
  const evil = fc.constantFrom(`<script>`, `"><img src=x onerror=1>`, `' onclick='1`, "&lt;b&gt;", "</p>");
  fc.assert(
    fc.property(fc.array(evil, { minLength: 9, maxLength: 9 }), (texts) => {
      const [id, slot, kind, message, name, label, param, returnTo, problem] = texts as [
        string,
        ...string[],
      ] &
        string[];
      const file = { name: name!, type: "text/csv", size: 1, sha256: "0", url: "/downloads/x/y" };
      const downloads = [
        at(0.5, {
          id,
          slot: slot!,
          kind: kind!,
          progress: { done: 1, total: 2, fraction: 0.5, message: message! },
        }),
        ready({ id, slot: "b", file }),
        sample({ id, slot: "c", state: "error", error: { code: "x", message: message!, retriable: true } }),
      ];
      const options = {
        downloads,
        returnTo: returnTo!,
        kind: kind!,
        label: label!,
        params: { [param!]: param! },
      };
      for (const slot of downloads.map((download) => download.slot).concat("free")) {
        assertHarmless(renderButton({ ...options, slot, problem: problem! }));
      }
      assertHarmless(renderTray(options));
    }),
    { numRuns: 50 },
  );
});

test("a file's address that leads elsewhere is no link", () => {
  for (const url of [
    "javascript:alert(1)",
    "//elsewhere.example/x",
    "/\\elsewhere.example",
    "https://elsewhere.example",
  ]) {
    const file = { name: "x", type: "text/csv", size: 1, sha256: "0", url };
    assert.ok(!renderTray({ ...base, downloads: [ready({ file })] }).includes("<a "), url);
  }
});

test("the page reloads itself without JavaScript while something runs", () => {
  assert.match(renderHead({ downloads: [at(0.5)] }), /<noscript><meta http-equiv="refresh"/);
  assert.ok(!renderHead({ downloads: [ready()] }).includes("refresh"));
});

test("in each language: the words, and what the element needs to say the same", () => {
  const options = { ...base, locale: "de-CH", names: { "x.csv": "Bestellungen" } };
  const html = renderTray({
    ...options,
    downloads: [at(0.5, { kind: "x.csv" }), ready({ id: "b", slot: "b" })],
  });
  assert.match(html, /^<carryout-tray lang="de-CH" names="\{&#34;x.csv&#34;:&#34;Bestellungen&#34;\}"/);
  assert.match(html, /<bdi>Ihre Downloads<\/bdi>/);
  assert.match(html, /aria-label="Bestellungen abbrechen"/);
  assert.match(html, /12[.,]3 MB/);
  assert.match(renderButton({ ...base, downloads: [], locale: "ar" }), /<bdi>تنزيل PDF<\/bdi>/);
});

test("a long list shows the newest; the rest needs a script or a reader without one", () => {
  const downloads = Array.from({ length: 13 }, (_, index) =>
    ready({ id: `a${index}`, slot: `a${index}`, requestedAt: `2026-01-01T00:00:${10 + index}.000Z` }),
  );
  const html = renderTray({ ...base, downloads });
  const [shown, rest] = html.split("<noscript>") as [string, string];
  assert.equal(shown.match(/<li /g)?.length, 10);
  assert.equal(rest.match(/<li /g)?.length, 3);
  assert.match(shown, /<li .*?\/downloads\/a12"/);
});

test("words can be replaced", () => {
  const html = renderButton({ ...base, downloads: [], words: { button: "{format} laden" } });
  assert.match(html, /PDF laden/);
});
