import type { RowsContext } from "carryout/export";

interface Reading {
  at: number;
  value: number;
}

export async function* readings({ after, signal }: RowsContext<unknown, number>) {
  for (let at = after ?? 0; ; ) {
    const rows = await readingsAfter(at, 1_000, signal); // ordered by `at`
    if (rows.length === 0) return;
    at = rows.at(-1)!.at;
    yield { rows, cursor: at };
  }
}

/** Stands for the application's own storage. */
async function readingsAfter(at: number, limit: number, signal: AbortSignal): Promise<Reading[]> {
  signal.throwIfAborted();
  const last = 3_500;
  const count = Math.min(limit, last - at);
  return Array.from({ length: count }, (_, index) => ({ at: at + index + 1, value: index }));
}
