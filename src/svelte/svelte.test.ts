import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compile } from "svelte/compiler";
import { render } from "svelte/server";
import type { PublicDownload } from "../client/public-download.ts";
import { sampleDownload } from "../frameworks/sample-download.testing.ts";
import { orders } from "../ui/orders.testing.ts";

/** Compiles a component for the server, whose imports are resolved from here. */
async function rendered(source: string, downloads: readonly PublicDownload[] = []): Promise<string> {
  const { js } = compile(
    `<script>
      import { downloadButton, downloadProgress, downloadTray, exportForm, setCarryout, useDownload, useDownloads } from "./index.ts";
      const { initial } = $props();
      setCarryout({ src: "/exports/downloads", initial });
    </script>${source}`.replace("</script><script>", ""),
    { generate: "server", filename: "Page.svelte" },
  );
  const code = js.code.replaceAll(
    /(from\s+|import\s+)(["'])([^"']+)\2/g,
    (_all, words: string, _quote, name: string) => {
      const url = name.startsWith(".") ? new URL(name, import.meta.url).href : import.meta.resolve(name);
      return `${words}${JSON.stringify(url)}`;
    },
  );
  const page = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  return render(page.default, { props: { initial: { downloads } } }).body.replaceAll(/<!--.*?-->/g, "");
}

describe("Svelte on a server", () => {
  it("renders the element with a form that works without JavaScript", async () => {
    const html = await rendered(`<script>
      const button = downloadButton({ kind: "report", params: { year: 2026 } });
    </script>
    <carryout-button {...button.attributes}>{@html button.html}</carryout-button>`);
    assert.match(html, /<carryout-button src="\/exports\/downloads" kind="report">/);
    assert.match(html, /<form method="post" action="[^"]*exports[^"]*downloads">/);
    assert.match(html, /name="params\.year" value="2026"/);
  });

  it("renders all downloads in the tray", async () => {
    const html = await rendered(
      `<script>const tray = downloadTray();</script>
       <carryout-tray {...tray.attributes}>{@html tray.html}</carryout-tray>`,
      [sampleDownload({ state: "ready" })],
    );
    assert.match(html, /<carryout-tray .*report\.csv/s);
  });

  it("renders one download in a line, and an export's form that works without JavaScript", async () => {
    const html = await rendered(
      `<script>
         const line = downloadProgress({ slot: "default" });
         const form = exportForm({ kind: "orders", export: ${JSON.stringify(orders)} });
       </script>
       <carryout-progress {...line.attributes}>{@html line.html}</carryout-progress>
       <carryout-export {...form.attributes}>{@html form.html}</carryout-export>`,
      [sampleDownload({ state: "ready" })],
    );
    assert.match(html, /<carryout-progress [^>]*>.*report\.csv/);
    assert.match(html, /<carryout-export [^>]*kind="orders"><form class="co-form" method="post"/);
  });

  const mine = `<script>
      const report = useDownload(() => ({ kind: "report" }));
      const all = useDownloads();
    </script>
    <p>{report.current.state} {$all.downloads.length} {all.current.loaded}</p>`;

  it("has what the page was given as its first state, in runes and as a store", async () => {
    assert.match(await rendered(mine, [sampleDownload({ state: "ready" })]), /<p>ready 1 true<\/p>/);
    assert.match(await rendered(mine), /<p>idle 0 true<\/p>/);
  });
});
