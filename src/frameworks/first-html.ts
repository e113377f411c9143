/**
 * @module What a framework's server renders into an element. Bundles for browsers have `no-html.ts` in place of this
 * (`browser` in package.json): they find the server's HTML in the page, and need no words of eight languages to make it.
 */

import type { CarryoutClient } from "../client/client.ts";
import type { PublicDownload } from "../client/public-download.ts";
import { renderButton, renderProgress, renderTray } from "../ui/render.ts";
import { renderExport } from "../ui/render-export.ts";
import type { AnyOptions, ElementName } from "./elements.ts";

/** What stands in the element until its script is there, and works without it: the first state, and forms. */
export function firstHtml(client: CarryoutClient, name: ElementName, options: AnyOptions): string {
  const html = wholeHtml(client, name, options);
  // Within the element's own tag: its attributes have no unescaped ">".
  return html.slice(html.indexOf(">") + 1, html.lastIndexOf("</"));
}

function wholeHtml(client: CarryoutClient, name: ElementName, options: AnyOptions): string {
  const { kind = "", params, export: offer, format, values, label, choices, download, dock, slot } = options;
  const { words, names, returnTo = "", locale } = options;
  const shared = {
    downloads: client.getServerSnapshot().downloads as readonly PublicDownload[],
    src: client.src,
    returnTo,
    ...(words && { words }),
    ...(names && { names }),
    ...(locale && { locale }),
    ...(slot !== undefined && { slot }),
  };
  const request = { ...shared, ...(label !== undefined && { label }), ...(choices && { choices }) };
  switch (name) {
    case "carryout-tray":
      return renderTray({ ...shared, ...(dock && { dock }) });
    case "carryout-progress":
      return renderProgress({ ...shared, ...(download !== undefined && { download }) });
    case "carryout-export":
      if (!offer) return "";
      return renderExport({
        ...request,
        export: offer,
        ...(format !== undefined && { format }),
        ...(values && { values }),
      });
    case "carryout-button":
      return renderButton({ ...request, kind, ...(isFlat(params) && { params }) });
  }
}

/** A form can send texts, numbers and booleans. */
function isFlat(params: unknown): params is Record<string, string | number | boolean> {
  return (
    typeof params === "object" &&
    params !== null &&
    Object.values(params).every((value) => ["string", "number", "boolean"].includes(typeof value))
  );
}
