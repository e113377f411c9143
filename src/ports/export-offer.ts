/** @module What a page needs to offer a kind as one of the formats of an export. */

import type { Json } from "../download/json.ts";

export interface ExportOffer {
  /** The same for all formats of one export. */
  readonly export: string;
  readonly title: string;
  readonly format: { readonly name: string; readonly extension: string; readonly type: string };
  readonly columns: readonly {
    readonly key: string;
    readonly title: string;
    readonly optional: boolean;
    readonly selected: boolean;
  }[];
  /** JSON Schema of the application's own parameters, or null if it can't be derived. */
  readonly schema: Json;
}
