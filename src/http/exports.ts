/** @module `/downloads/exports`: what can be exported, in which formats, with which columns and parameters. */

import type { Hono } from "hono";
import type { ExportOffer } from "../ports/export-offer.ts";
import type { PublicExport } from "../wire/export.ts";
import { revalidated } from "./revalidated.ts";
import type { Services } from "./services.ts";

export function exportRoutes(app: Hono, { carryout }: Services): void {
  app.get("/downloads/exports", (context) =>
    revalidated(context, { exports: presentExports(carryout.offers()) }),
  );
}

/** One for each export, in the order of declaration. */
export function presentExports(offers: readonly (ExportOffer & { kind: string })[]): PublicExport[] {
  const byExport = Map.groupBy(offers, (offer) => offer.export);
  return [...byExport].map(([kind, formats]) => {
    const { title, columns, schema } = formats[0] as ExportOffer;
    return {
      kind,
      title,
      formats: formats.map(({ kind, format: { name, extension, type } }) => ({
        name,
        kind,
        extension,
        type,
      })),
      columns: columns.map(({ key, title, optional, selected }) => ({ key, title, optional, selected })),
      params: typeof schema === "object" && !Array.isArray(schema) ? schema : null,
    };
  });
}
