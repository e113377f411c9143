// Kinds and parameters in React and Vue.

import { createDownloads as inReact } from "carryout/react";
import { createDownloads as inVue } from "carryout/vue";
import { createElement } from "react";
import { ref } from "vue";

type Made = typeof import("./generators.ts");

const react = inReact<Made>();
const vue = inVue<Made>();

export function hooks() {
  react.useDownload("orders.csv", { year: 2026 });
  react.useDownload("orders.csv", { year: 2026 }, { slot: "a" });
  react.useDownload("plain");
  // @ts-expect-error: unknown kind
  react.useDownload("order.csv", { year: 2026 });
  // @ts-expect-error: the year is missing
  react.useDownload("orders.csv");
  // @ts-expect-error: the year is a number
  react.useDownload("orders.csv", { year: "2026" });
  void react.useCarryoutClient().start("orders.csv", { year: 2026 });
}

export function components() {
  createElement(react.DownloadButton, { kind: "orders.csv", params: { year: 2026 }, label: "Orders" });
  createElement(react.DownloadButton, { kind: "plain" });
  // @ts-expect-error: unknown kind
  createElement(react.DownloadButton, { kind: "order.csv", params: { year: 2026 } });
  // @ts-expect-error: the year is missing
  createElement(react.DownloadButton, { kind: "orders.csv" });
  createElement(react.ExportForm, { kind: "sales", values: { year: 2026 } });
  // @ts-expect-error: unknown export
  createElement(react.ExportForm, { kind: "sale" });
  // @ts-expect-error: one format of it, which is no export
  createElement(react.ExportForm, { kind: "sales.ndjson" });
}

export function composables() {
  const year = ref(2026);
  vue.useDownload("orders.csv", () => ({ year: year.value }));
  vue.useDownload("plain");
  // @ts-expect-error: unknown kind
  vue.useDownload("order.csv", { year: 2026 });
  // @ts-expect-error: the year is a number
  vue.useDownload("orders.csv", { year: "2026" });
}
