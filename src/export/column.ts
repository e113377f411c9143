/** @module What a column of an export is. */

export const COLUMN_TYPES = ["text", "number", "integer", "boolean", "date", "datetime", "link"] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];
export type Alignment = "left" | "center" | "right";

/** A column as the formats see it: every default is filled in. */
export interface Column {
  /** The property of a row; the field's name in NDJSON and Parquet. */
  readonly key: string;
  /** What people read at the head of the column. */
  readonly title: string;
  readonly type: ColumnType;
  /** Digits after the decimal point that formats for people show; undefined shows what the number has. Numbers only. */
  readonly decimals: number | undefined;
  /** In characters of average width; undefined lets the format choose by type and title. */
  readonly width: number | undefined;
  readonly align: Alignment;
  readonly bold: boolean;
}

/** Numbers stand to the right, so that their digits line up. */
export function alignmentOf(type: ColumnType): Alignment {
  return type === "number" || type === "integer" ? "right" : "left";
}
