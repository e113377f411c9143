/** @module The elements in Svelte: what to spread over them, and their HTML before the script is there. */

import { createAttachmentKey } from "svelte/attachments";
import {
  type AnyOptions,
  attributesOf,
  type ButtonOptions,
  type ElementEvents,
  type ElementName,
  type ExportOptions,
  listen,
  loadElements,
  type ProgressOptions,
  setProperties,
  type TrayOptions,
} from "../frameworks/elements.ts";
import { firstHtml } from "../frameworks/first-html.ts";
import { getCarryout } from "./context.ts";

/** `<carryout-button {...button.attributes}>{@html button.html}</carryout-button>` */
export interface ElementParts {
  /** Attributes, and an attachment that sets the properties and follows them. */
  readonly attributes: Record<PropertyKey, unknown>;
  /** The first state, and forms that work without JavaScript. */
  readonly html: string;
}

/**
 * For `<carryout-button>`. Give a function where the options depend on state. Call it while a component is
 * initialised.
 */
export function downloadButton(
  options: (ButtonOptions & ElementEvents) | (() => ButtonOptions & ElementEvents),
): ElementParts {
  return partsOf("carryout-button", options);
}

/** For `<carryout-export>`. As above. */
export function exportForm(
  options: (ExportOptions & ElementEvents) | (() => ExportOptions & ElementEvents),
): ElementParts {
  return partsOf("carryout-export", options);
}

/** For `<carryout-progress>`. */
export function downloadProgress(
  options: (ProgressOptions & ElementEvents) | (() => ProgressOptions & ElementEvents) = {},
): ElementParts {
  return partsOf("carryout-progress", options);
}

/** For `<carryout-tray>`. */
export function downloadTray(
  options: (TrayOptions & ElementEvents) | (() => TrayOptions & ElementEvents) = {},
): ElementParts {
  return partsOf("carryout-tray", options);
}

type Options = AnyOptions & ElementEvents;

function partsOf(name: ElementName, options: Options | (() => Options)): ElementParts {
  const client = getCarryout();
  const latest = () => (typeof options === "function" ? options() : options);
  const key = createAttachmentKey();
  /** Runs again when the state that it reads changes. */
  const attach = (element: Element) => {
    setProperties(element, latest());
    void loadElements();
    return listen(element, latest);
  };
  // A bundle for browsers has none. Svelte keeps what the server rendered, unless there should be nothing at all.
  const html = firstHtml(client, name, latest()) || " ";
  return {
    get attributes() {
      return { ...attributesOf(client, latest()), [key]: attach };
    },
    html,
  };
}
