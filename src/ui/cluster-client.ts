/** @module The calls of the cluster page. */

import type {
  Outcomes,
  PublicFoundDownloads,
  PublicLog,
  PublicPlots,
  PublicStory,
} from "../wire/operations.ts";

/** As many ids as one call may have. */
const AT_ONCE = 100;

export interface Finding {
  id?: string;
  user?: string;
  kind?: string;
  state?: string;
  after?: string;
}

/** Fails with an `Error` whose message is for the operator. `base` is the URL of the cluster's page. */
export class ClusterClient {
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  find(finding: Finding): Promise<PublicFoundDownloads> {
    const given = Object.entries(finding).filter(([, value]) => value !== undefined && value !== "");
    return this.#get(`downloads?${new URLSearchParams(given)}`);
  }

  /** Null for one that nobody has any more. */
  async story(id: string): Promise<PublicStory | null> {
    return this.#get<PublicStory | null>(`downloads/${encodeURIComponent(id)}`, null);
  }

  log(limit: number): Promise<PublicLog> {
    return this.#get(`log?limit=${limit}`);
  }

  plots(): Promise<PublicPlots> {
    return this.#get("plots");
  }

  /** Call by call; `onProgress` is told how many are done. */
  async bulk(
    action: "cancel" | "retry",
    ids: readonly string[],
    onProgress: (done: number) => void = () => {},
  ): Promise<Outcomes["results"]> {
    const results: Outcomes["results"] = [];
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const body = JSON.stringify({ ids: ids.slice(at, at + AT_ONCE) });
      const headers = { "Content-Type": "application/json" };
      const answer = await this.#ask<Outcomes>(`downloads/${action}`, { method: "POST", headers, body });
      results.push(...answer.results);
      onProgress(results.length);
    }
    return results;
  }

  async drain(name: string): Promise<void> {
    await this.#ask(`nodes/${encodeURIComponent(name)}/drain`, { method: "POST" });
  }

  #get<Answer>(path: string, ifMissing?: Answer): Promise<Answer> {
    return this.#ask(path, {}, ifMissing);
  }

  async #ask<Answer>(path: string, init: RequestInit, ifMissing?: Answer): Promise<Answer> {
    const headers = { Accept: "application/json", ...init.headers };
    const response = await fetch(`${this.#base}/${path}`, { cache: "no-store", ...init, headers }).catch(
      () => {
        throw new Error("The node can't be reached.");
      },
    );
    if (response.ok) return (await response.json()) as Answer;
    if (response.status === 404 && ifMissing !== undefined) return ifMissing;
    if (response.status === 401 || response.status === 403) throw new Error("Signed out; reload the page.");
    const problem = (await response.json().catch(() => null)) as { title?: string; detail?: string } | null;
    throw new Error(problem?.detail || problem?.title || `The node answered ${response.status}.`);
  }
}
