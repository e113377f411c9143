import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Component, createSSRApp, defineComponent, effectScope, h, ref } from "vue";
import { renderToString } from "vue/server-renderer";
import { createClient } from "../client/client.ts";
import type { PublicDownload } from "../client/public-download.ts";
import { sampleDownload } from "../frameworks/sample-download.testing.ts";
import { orders } from "../ui/orders.testing.ts";
import {
  carryout,
  DownloadButton,
  DownloadProgress,
  DownloadTray,
  ExportForm,
  useDownload,
  useDownloads,
} from "./index.ts";

function rendered(
  component: Component,
  downloads: readonly PublicDownload[] = [],
  props = {},
): Promise<string> {
  const app = createSSRApp(component, props);
  app.use(carryout({ src: "/exports/downloads", initial: { downloads } }));
  return renderToString(app);
}

describe("Vue components on a server", () => {
  it("render the element with a form that works without JavaScript", async () => {
    const html = await rendered(DownloadButton, [], {
      kind: "report",
      params: { year: 2026 },
      label: "Get > it",
    });
    assert.match(html, /^<carryout-button src="\/exports\/downloads" kind="report" label="Get &gt; it">/);
    assert.match(html, /<form method="post" action="[^"]*exports[^"]*downloads">/);
    assert.match(html, /name="params\.year" value="2026"/);
  });

  it("render all downloads in the tray", async () => {
    const ready = sampleDownload({ state: "ready" });
    assert.match(await rendered(DownloadTray, [ready]), /^<carryout-tray .*report\.csv/s);
  });

  it("render one download in a line, and an export's form that works without JavaScript", async () => {
    const ready = sampleDownload({ state: "ready" });
    assert.match(await rendered(DownloadProgress, [ready]), /^<carryout-progress [^>]*>.*report\.csv/);
    const props = { kind: "orders", export: orders, values: { country: "JP" } };
    const form = await rendered(ExportForm, [], props);
    assert.match(form, /^<carryout-export [^>]*kind="orders"><form .*<option value="[^"]*JP[^"]*" selected/s);
  });
});

describe("Vue composables", () => {
  const Mine = defineComponent(() => {
    const { state, link } = useDownload("report");
    const { downloads, loaded } = useDownloads();
    return () => h("p", `${state.value} ${link.value?.href} ${downloads.value.length} ${loaded.value}`);
  });

  it("have what the plugin was given as their first state, for each application its own", async () => {
    const ready = sampleDownload({ state: "ready" });
    assert.equal(await rendered(Mine, [ready]), "<p>ready /downloads/first/report.csv 1 true</p>");
    assert.equal(await rendered(Mine), "<p>idle undefined 0 true</p>");
  });

  it("follow the refs that they were given", async () => {
    const Choosing = defineComponent(() => {
      const kind = ref("orders");
      const { state } = useDownload(kind);
      const before = state.value;
      kind.value = "report";
      return () => h("p", `${before} ${state.value}`);
    });
    assert.equal(await rendered(Choosing, [sampleDownload({ state: "ready" })]), "<p>idle ready</p>");
  });

  it("end their subscription with their scope", () => {
    let listeners = 0;
    const client = createClient({ initial: { downloads: [] } });
    const counted = {
      ...client,
      subscribe: (listener: () => void) => {
        listeners += 1;
        const leave = client.subscribe(listener);
        return () => {
          listeners -= 1;
          leave();
        };
      },
    };
    const app = createSSRApp({ render: () => null }).use(carryout({ client: counted }));
    const scope = effectScope();
    app.runWithContext(() => scope.run(() => useDownloads()));
    assert.equal(listeners, 1);
    scope.stop();
    assert.equal(listeners, 0);
  });
});
