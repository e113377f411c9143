import { createReadStream } from "node:fs";
import { batched, ndjsonRows, type RowsContext } from "carryout/export";

/** A file of one JSON object a line. */
export const fromFile = (path: string) =>
  ndjsonRows({ open: ({ offset }) => createReadStream(path, { start: offset }) });

/** The same from a URL: a server that knows no ranges sends everything, and what is known is skipped. */
export const fromUrl = (url: string) =>
  ndjsonRows({
    open: ({ offset, signal }) =>
      fetch(url, { headers: { range: `bytes=${offset}-`, "accept-encoding": "identity" }, signal }),
  });

interface Visit {
  id: number;
  page: string;
}

/** Anything that gives rows one by one, and can begin behind one of them. */
export const fromIterable = (visitsAfter: (id: number, signal: AbortSignal) => AsyncIterable<Visit>) =>
  batched(({ after, signal }: RowsContext<unknown, number>) => visitsAfter(after ?? 0, signal), {
    cursor: (visit) => visit.id,
  });
