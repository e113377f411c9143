/** @module Numbers as the scale page shows them. */

/** `1,234`; "none" for what is impossible. */
export function count(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString("en-US") : "none would do";
}

/** Three digits. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) < 0.005) return "0";
  return Number(value.toPrecision(3)).toLocaleString("en-US");
}

const UNITS = ["B", "KB", "MB", "GB", "TB", "PB"];

/** Decimal units. */
export function bytes(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.abs(value) || 1) / 3)));
  return `${figure(value / 1000 ** power)} ${UNITS[power]}`;
}

export function ms(value: number): string {
  return value >= 10_000 ? `${figure(value / 1_000)} s` : `${figure(value)} ms`;
}

export function micro(value: number): string {
  return `${figure(value)} µs`;
}

export function percent(share: number): string {
  return `${figure(share * 100)} %`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
