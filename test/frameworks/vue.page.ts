/** @module A page of Vue that vue-hydration.test.ts renders on the server and opens. */

import { defineComponent, h, ref } from "vue";
import { DownloadButton, DownloadTray, useDownload } from "../../src/vue/index.ts";

export const VuePage = defineComponent(() => {
  const { state, start } = useDownload("cities.pdf", {}, { slot: "own" });
  const country = ref<string>();
  const ready = ref("");
  return () =>
    h("main", [
      h("button", { type: "button", onClick: start }, state.value),
      h("button", { type: "button", onClick: () => (country.value = "FR") }, "France"),
      h(DownloadButton, {
        kind: "cities.csv",
        params: country.value ? { country: country.value } : {},
        onReady: (download: { kind: string }) => {
          if (download.kind === "cities.csv") ready.value = `ready: ${download.kind}`;
        },
      }),
      h("p", ready.value),
      h(DownloadTray),
    ]);
});
