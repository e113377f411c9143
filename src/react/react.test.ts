import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createElement, type ReactNode } from "react";
import { renderToString } from "react-dom/server";
import type { PublicDownload } from "../client/public-download.ts";
import { sampleDownload } from "../frameworks/sample-download.testing.ts";
import { orders } from "../ui/orders.testing.ts";
import {
  CarryoutProvider,
  DownloadButton,
  DownloadProgress,
  DownloadTray,
  ExportForm,
  useDownload,
  useDownloads,
} from "./index.ts";

function rendered(children: ReactNode, downloads: readonly PublicDownload[] = []): string {
  const provider = { src: "/exports/downloads", initial: { downloads } };
  return renderToString(createElement(CarryoutProvider, provider, children));
}

describe("React components on a server", () => {
  it("render the element with a form that works without JavaScript", () => {
    const html = rendered(
      createElement(DownloadButton, {
        kind: "report",
        params: { year: 2026 },
        slot: "own",
        label: "Get > it",
      }),
    );
    assert.match(
      html,
      /^<carryout-button src="\/exports\/downloads" kind="report" slot-name="own" label="Get &gt; it">/,
    );
    assert.match(html, /<form method="post" action="[^"]*exports[^"]*downloads">/);
    assert.match(html, /name="params\.year" value="2026"/);
    assert.match(html, /<\/form><\/carryout-button>$/);
  });

  it("render the first state: progress in the button, all downloads in the tray", () => {
    const running = sampleDownload({
      state: "processing",
      progress: { done: 1, total: 4, fraction: 0.25, message: null },
    });
    const ready = sampleDownload({ id: "older", slot: "other", kind: "orders", state: "ready" });
    const html = rendered(
      [createElement(DownloadButton, { key: 1, kind: "report" }), createElement(DownloadTray, { key: 2 })],
      [running, ready],
    );
    const [button = "", tray = ""] = html.split("<carryout-tray");
    assert.match(button, /<progress[^>]* value="25"/);
    assert.match(tray, /<progress[^>]* value="25"/);
    assert.match(tray, /orders\.csv/);
  });

  it("render one download in a line: that of a slot, or one by its id", () => {
    const ready = sampleDownload({ state: "ready", slot: "own" });
    const line = (props: Parameters<typeof DownloadProgress>[0]) =>
      rendered(createElement(DownloadProgress, props), [ready]);
    assert.match(line({ slot: "own" }), /^<carryout-progress src="[^"]*" slot-name="own">.*report\.csv/);
    assert.match(line({ download: "first" }), / download="first">.*report\.csv/);
    assert.doesNotMatch(line({}), /report\.csv/);
  });

  it("render an export's form that works without JavaScript; nothing while the export is unknown", () => {
    const form = { kind: "orders", format: "pdf", values: { country: "JP" }, slot: "own" };
    const html = rendered(createElement(ExportForm, { ...form, export: orders }));
    assert.match(html, /^<carryout-export src="[^"]*" kind="orders" slot-name="own" format="pdf"><form /);
    assert.match(html, /value="orders\.pdf"[^>]* checked/);
    assert.match(html, /<option value="[^"]*JP[^"]*" selected/);
    assert.match(rendered(createElement(ExportForm, form)), /format="pdf"><\/carryout-export>$/);
  });

  it("take the application's words", () => {
    const words = { tray: "Ihre Downloads" };
    assert.match(rendered(createElement(DownloadTray, { words })), /Ihre Downloads/);
  });
});

describe("React hooks on a server", () => {
  const Mine = () => {
    const { state, progress, link } = useDownload("report");
    const { downloads, loaded } = useDownloads();
    return `${state} ${progress} ${link?.href} ${downloads.length} ${loaded}`;
  };

  it("have what the provider was given as their first state", () => {
    const ready = sampleDownload({ state: "ready" });
    assert.equal(rendered(createElement(Mine), [ready]), "ready null /downloads/first/report.csv 1 true");
    assert.equal(rendered(createElement(Mine)), "idle null undefined 0 true");
  });

  it("share nothing between two pages", () => {
    const [ann, bob] = [sampleDownload({ state: "ready" }), sampleDownload({ id: "second", state: "error" })];
    assert.match(rendered(createElement(Mine), [ann]), /^ready/);
    assert.match(rendered(createElement(Mine), [bob]), /^error/);
  });

  it("work without a provider, and know nothing then", () => {
    assert.equal(renderToString(createElement(Mine)), "idle null undefined 0 false");
  });
});
