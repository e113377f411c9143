import { setTimeout } from "node:timers/promises";
import { pagedRows } from "carryout/export";

interface Issue {
  id: number;
  title: string;
}

/** Pages that name the next one in a Link header. */
export const issues = (firstPage: string) =>
  pagedRows<Issue, string>({
    page: async ({ next, signal }) => {
      const response = await ask(next ?? firstPage, signal);
      const [, url] = /<([^>]+)>; rel="next"/.exec(response.headers.get("link") ?? "") ?? [];
      return { rows: await response.json(), next: url };
    },
  });

/** Waits as long as the service asks for, a few times. */
async function ask(url: string, signal: AbortSignal, tries = 5): Promise<Response> {
  const response = await fetch(url, { signal });
  if (response.ok) return response;
  const seconds = Number(response.headers.get("retry-after"));
  if (response.status !== 429 || tries === 1 || !(seconds <= 60)) {
    throw new Error(`${url} answered with status ${response.status}`);
  }
  await setTimeout(seconds * 1000, undefined, { signal });
  return ask(url, signal, tries - 1);
}
