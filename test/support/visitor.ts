/** @module A visitor that behaves like a browser without being one: a cookie, an event stream, a file to fetch. */

import { createHash } from "node:crypto";

export interface PublicDownload {
  id: string;
  slot: string;
  kind: string;
  state: "pending" | "processing" | "ready" | "error";
  progress: { done: number; total: number | null; fraction: number | null; message: string | null };
  position: number | null;
  etaMs: number | null;
  node: string | null;
  epoch: number;
  file: { name: string; type: string; size: number; sha256: string; url: string } | null;
  error: { code: string; message: string } | null;
  requestedAt: string;
}

export type StreamEvent =
  | { event: "snapshot"; data: { downloads: PublicDownload[] } }
  | { event: "download"; data: PublicDownload }
  | { event: "removed"; data: { id: string } };

export class Visitor {
  cookie: string | null = null;

  async request(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.cookie) headers.set("cookie", this.cookie);
    const response = await fetch(url, { ...init, headers });
    const set = response.headers.getSetCookie()[0];
    if (set) this.cookie = set.split(";")[0] ?? null;
    return response;
  }

  start(base: string, kind: string, params: object = {}, slot?: string): Promise<Response> {
    return this.request(`${base}/downloads`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ kind, params, ...(slot && { slot }) }),
    });
  }

  async started(base: string, kind: string, params: object = {}, slot?: string): Promise<PublicDownload> {
    const response = await this.start(base, kind, params, slot);
    if (response.status !== 202 && response.status !== 200) {
      throw new Error(`POST /downloads: ${response.status} ${await response.text()}`);
    }
    return (await response.json()) as PublicDownload;
  }

  async list(base: string): Promise<PublicDownload[]> {
    const response = await this.request(`${base}/downloads`);
    return ((await response.json()) as { downloads: PublicDownload[] }).downloads;
  }

  /**
   * The events of one connection, until the signal aborts, the connection breaks, or it is silent for longer than a
   * live node would be: a frozen one keeps its connections open.
   */
  async *events(base: string, signal: AbortSignal): AsyncGenerator<StreamEvent> {
    const silent = new AbortController();
    const watchdog = setTimeout(() => silent.abort(new Error("the node is silent")), SILENCE_MS);
    try {
      const either = AbortSignal.any([signal, silent.signal]);
      const response = await this.request(`${base}/downloads/events`, { signal: either });
      if (!response.ok || !response.body) throw new Error(`events: ${response.status}`);
      yield* parseEvents(response.body, () => watchdog.refresh());
    } finally {
      clearTimeout(watchdog);
    }
  }

  /** The first state of this download that is accepted, over as many connections as it takes. */
  async until(
    bases: () => string[],
    id: string,
    accept: (download: PublicDownload) => boolean,
    timeoutMs = 60_000,
  ): Promise<PublicDownload> {
    const giveUp = AbortSignal.timeout(timeoutMs);
    let last: unknown = null;
    for (let turn = 0; !giveUp.aborted; turn++) {
      const all = bases();
      try {
        const base = all[turn % all.length] as string;
        for await (const event of this.events(base, giveUp)) {
          const seen =
            event.event === "snapshot"
              ? event.data.downloads
              : event.event === "download"
                ? [event.data]
                : [];
          const found = seen.find((download) => download.id === id && accept(download));
          last = seen.at(-1) ?? last;
          if (found) return found; // leaving the loop closes the connection
        }
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20)); // that node is gone: try the next one
      }
    }
    throw new Error(`that state did not come within ${timeoutMs} ms; last seen: ${JSON.stringify(last)}`);
  }

  async fetchFile(base: string, download: PublicDownload): Promise<{ text: string; sha256: string }> {
    const response = await this.request(`${base}${download.file?.url}`);
    if (response.status !== 200) throw new Error(`file: ${response.status} ${await response.text()}`);
    const bytes = Buffer.from(await response.arrayBuffer());
    return { text: bytes.toString("utf8"), sha256: createHash("sha256").update(bytes).digest("hex") };
  }
}

/** While something is unfinished a node sends at least a comment every 2 s. */
const SILENCE_MS = 5_000;

async function* parseEvents(
  body: ReadableStream<Uint8Array>,
  onChunk: () => void,
): AsyncGenerator<StreamEvent> {
  let text = "";
  for await (const chunk of body.pipeThrough(
    new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>,
  )) {
    onChunk();
    text += chunk;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const event = parseFrame(text.slice(0, end));
      text = text.slice(end + 2);
      if (event) yield event;
    }
  }
}

function parseFrame(frame: string): StreamEvent | null {
  const lines = frame.split("\n");
  const event = lines.find((line) => line.startsWith("event: "))?.slice(7);
  const data = lines.find((line) => line.startsWith("data: "))?.slice(6);
  return event && data ? ({ event, data: JSON.parse(data) } as StreamEvent) : null;
}
