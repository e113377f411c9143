/** @module Vue components around the elements: their HTML on the server, the elements themselves in the browser. */

import { defineComponent, h, onMounted, onScopeDispose, type PropType, ref, watchEffect } from "vue";
import type { DownloadView } from "../client/download-view.ts";
import {
  type AnyOptions,
  attributesOf,
  type Choice,
  type ElementEvents,
  type ElementName,
  listen,
  loadElements,
  type PublicExport,
  setProperties,
  type Words,
} from "../frameworks/elements.ts";
import { firstHtml } from "../frameworks/first-html.ts";
import { useCarryoutClient } from "./plugin.ts";

const shared = {
  words: Object as PropType<Partial<Words>>,
  names: Object as PropType<Readonly<Record<string, string>>>,
  returnTo: String,
  locale: String,
};

/** `ready` and `error`: once for each download. */
const emits = {
  ready: (_download: DownloadView) => true,
  error: (_download: DownloadView) => true,
};

/** Asks for a file, shows its progress and hands it over: `<carryout-button>`, from the server's HTML on. */
export const DownloadButton = defineComponent({
  name: "DownloadButton",
  props: {
    ...shared,
    kind: { type: String, required: true },
    params: Object as PropType<Readonly<Record<string, unknown>>>,
    /** Requests of one slot take turns; default "default". */
    slot: String,
    label: String,
    choices: Array as PropType<readonly Choice[]>,
  },
  emits,
  setup: (props, { emit }) => useElement("carryout-button", props, eventsOf(emit)),
});

/** One download in a line of text: `<carryout-progress>`. */
export const DownloadProgress = defineComponent({
  name: "DownloadProgress",
  props: {
    ...shared,
    /** The id of the download; default: that of the slot. */
    download: String,
    /** Default "default". */
    slot: String,
  },
  emits,
  setup: (props, { emit }) => useElement("carryout-progress", props, eventsOf(emit)),
});

/** The form of an export, and its file's progress in its place: `<carryout-export>`. */
export const ExportForm = defineComponent({
  name: "ExportForm",
  props: {
    ...shared,
    /** Without a format: "orders". */
    kind: { type: String, required: true },
    /** One of a node's `exports()`. Without it a server renders no form: the element asks the API. */
    export: Object as PropType<PublicExport>,
    format: String,
    /** Parameters that are chosen at first, those without a control for good. */
    values: Object as PropType<Readonly<Record<string, unknown>>>,
    /** Default "default". */
    slot: String,
    label: String,
    choices: Array as PropType<readonly Choice[]>,
  },
  emits,
  setup: (props, { emit }) => useElement("carryout-export", props, eventsOf(emit)),
});

/** All downloads of the user: `<carryout-tray>`. */
export const DownloadTray = defineComponent({
  name: "DownloadTray",
  props: { ...shared, dock: String as PropType<"auto" | "always" | "never"> },
  emits,
  setup: (props, { emit }) => useElement("carryout-tray", props, eventsOf(emit)),
});

type Emit = ((event: "ready", download: DownloadView) => void) &
  ((event: "error", download: DownloadView) => void);

function eventsOf(emit: Emit): ElementEvents {
  return { onReady: (download) => emit("ready", download), onError: (download) => emit("error", download) };
}

function useElement(name: ElementName, props: AnyOptions, events: ElementEvents) {
  const client = useCarryoutClient();
  const element = ref<HTMLElement>();
  // Never replaced: the element does not show it any more once it is defined. A bundle for browsers has none, and
  // leaves what the server rendered.
  const innerHTML = firstHtml(client, name, props) || undefined;
  watchEffect(
    () => {
      if (element.value) setProperties(element.value, props);
    },
    { flush: "post" },
  );
  let leave = () => {};
  onMounted(() => {
    void loadElements();
    leave = listen(element.value as HTMLElement, () => events);
  });
  onScopeDispose(() => leave());
  return () => h(name, { ref: element, ...attributesOf(client, props), innerHTML });
}
