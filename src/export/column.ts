/** @module The columns of an export. */

export const COLUMN_TYPES = ["text", "number", "integer", "boolean", "date", "datetime", "link"] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];
export type Alignment = "left" | "center" | "right";

/** A column as the formats see it: with all defaults filled in. */
export interface Column {
  /** The property of a row; the field's name in NDJSON and Parquet. */
  readonly key: string;
  /** The heading of the column. */
  readonly title: string;
  readonly type: ColumnType;
  /** Digits after the decimal point shown in formats for people; undefined shows all the number has. Numbers only. */
  readonly decimals: number | undefined;
  /** Whether formats for people group the digits before the decimal point, as in 12,345. Numbers only. */
  readonly grouping: boolean;
  /** In characters of average width; undefined lets the format choose by type and title. */
  readonly width: number | undefined;
  readonly align: Alignment;
  readonly bold: boolean;
}

/** Numbers are aligned right, so that their digits line up. */
export function alignmentOf(type: ColumnType): Alignment {
  return type === "number" || type === "integer" ? "right" : "left";
}
