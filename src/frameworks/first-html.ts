/**
 * @module What a framework's server renders into an element. Bundles for browsers have `no-html.ts` in place of this
 * (`browser` in package.json): they find the server's HTML in the page, and need no words of eight languages to make it.
 */

import type { CarryoutClient } from "../client/client.ts";
import type { PublicDownload } from "../client/public-download.ts";
import { renderButton, renderTray } from "../ui/render.ts";
import type { RenderOptions } from "../ui/render-options.ts";
import type { AnyOptions, ElementName } from "./elements.ts";

/** What stands in the element until its script is there, and works without it: the first state, and forms. */
export function firstHtml(client: CarryoutClient, name: ElementName, options: AnyOptions): string {
  const { words, names, returnTo = "", locale, dock } = options;
  const shared: RenderOptions = {
    downloads: client.getServerSnapshot().downloads as readonly PublicDownload[],
    src: client.src,
    returnTo,
    ...(words && { words }),
    ...(names && { names }),
    ...(locale && { locale }),
  };
  const html =
    name === "carryout-tray"
      ? renderTray({ ...shared, ...(dock && { dock }) })
      : renderButton({
          ...shared,
          kind: options.kind ?? "",
          ...(isFlat(options.params) && { params: options.params }),
          ...(options.slot !== undefined && { slot: options.slot }),
          ...(options.label !== undefined && { label: options.label }),
          ...(options.choices && { choices: options.choices }),
        });
  // Within the element's own tag: its attributes have no unescaped ">".
  return html.slice(html.indexOf(">") + 1, html.lastIndexOf("</"));
}

/** A form can send texts, numbers and booleans. */
function isFlat(params: unknown): params is Record<string, string | number | boolean> {
  return (
    typeof params === "object" &&
    params !== null &&
    Object.values(params).every((value) => ["string", "number", "boolean"].includes(typeof value))
  );
}
