/** @module Comparing versions of nats-server. */

/** True when the version, such as "2.10.27" or "2.12.0-RC.1", is the wanted one or newer. */
export function atLeast(version: string, wanted: string): boolean {
  const [have, want] = [numbersOf(version), numbersOf(wanted)];
  for (const [index, number] of want.entries()) {
    const difference = (have[index] ?? 0) - number;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** They are compared at every write, and are few. */
const parsed = new Map<string, number[]>();

function numbersOf(version: string): number[] {
  const known = parsed.get(version);
  if (known !== undefined) return known;
  const numbers = version
    .replace(/^v/, "")
    .split(/[.-]/)
    .slice(0, 3)
    .map((part) => Number.parseInt(part, 10) || 0);
  parsed.set(version, numbers);
  return numbers;
}
