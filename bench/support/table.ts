/** @module Figures and how they are presented. */

export interface Figure {
  what: string;
  measured: string;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function ms(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
}

/** `p50 1.20 ms, p99 4.50 ms (n = 200)`. */
export function latencies(values: readonly number[]): string {
  return `p50 ${ms(quantile(values, 0.5))}, p99 ${ms(quantile(values, 0.99))} (n = ${values.length})`;
}

/** `median 12 ms, worst 20 ms (n = 20)`. */
export function medianAndWorst(values: readonly number[]): string {
  return `median ${ms(median(values))}, worst ${ms(Math.max(...values))} (n = ${values.length})`;
}

export function print(title: string, figures: readonly Figure[]): void {
  process.stdout.write(`\n## ${title}\n\n| what | measured |\n|---|---|\n`);
  for (const { what, measured } of figures) process.stdout.write(`| ${what} | ${measured} |\n`);
}
