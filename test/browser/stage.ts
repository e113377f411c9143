/**
 * @module A stage for the elements: the built browser files and an API whose downloads a test sets, one after the other.
 * Every state can be shown at will, without a cluster.
 */

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PublicDownload } from "../../src/client/public-download.ts";
import { sample } from "../../src/client/sample.testing.ts";
import type { PublicExport } from "../../src/wire/export.ts";

const ASSETS = fileURLToPath(new URL("../../dist/assets", import.meta.url));
const TYPES: Readonly<Record<string, string>> = { ".js": "text/javascript", ".css": "text/css" };
/** What the elements promise to work with. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:";
/** Less than the silence after which a client reconnects. */
const ALIVE_MS = 1_500;

export interface PageOptions {
  lang?: string;
  dir?: "ltr" | "rtl";
  /** Whether the head links `carryout.css`. */
  isLinked?: boolean;
}

/** What a request to the API is answered with. */
interface Answer {
  status: number;
  body: unknown;
}

export class Stage {
  readonly #server: Server;
  readonly #streams = new Set<ServerResponse>();
  #downloads: PublicDownload[] = [];
  #page = "";
  readonly asked: string[] = [];
  exports: PublicExport[] = [];
  /** What a start is answered with: by default a download that waits. */
  onStart: (request: { kind: string; slot?: string }) => Answer = ({ kind, slot = "default" }) => {
    const download = sample({ id: `new-${this.asked.length}`, kind, slot, state: "pending", node: null });
    this.change({ ...download, requestedAt: new Date().toISOString() });
    return { status: 202, body: this.#downloads.find(({ id }) => id === download.id) };
  };

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<Stage> {
    const server = createServer();
    const stage = new Stage(server);
    server.on("request", (request, response) => void stage.#serve(request, response));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const alive = setInterval(() => stage.#send(": alive\n\n"), ALIVE_MS);
    server.on("close", () => clearInterval(alive));
    return stage;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The page that is served: the head is `carryout.css`, unless it is left out, and the script. */
  setPage(body: string, { lang = "en-GB", dir = "ltr", isLinked = true }: PageOptions = {}): void {
    const link = isLinked ? '<link rel="stylesheet" href="/carryout/carryout.css">' : "";
    this.#page = `<!doctype html><html lang="${lang}" dir="${dir}"><head><meta charset="utf-8"><title>Stage</title>
      <meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
      ${link}<link rel="stylesheet" href="/stage.css">
      <script type="module" src="/carryout/elements.js"></script></head><body><main>${body}</main></body></html>`;
  }

  /** All downloads, newest first. */
  show(...downloads: PublicDownload[]): void {
    this.#downloads = downloads;
    this.#send(frame("snapshot", { downloads }));
  }

  /** One that is new, or has changed. */
  change(download: PublicDownload): void {
    this.#downloads = [download, ...this.#downloads.filter(({ id }) => id !== download.id)];
    this.#send(frame("download", download));
  }

  async close(): Promise<void> {
    for (const stream of this.#streams) stream.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  #send(text: string): void {
    for (const stream of this.#streams) stream.write(text);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    const { pathname } = url;
    this.asked.push(`${request.method} ${pathname}`);
    response.setHeader("Carryout-Viewer", "ann");
    response.setHeader("Cache-Control", "no-store");
    if (pathname === "/") return this.#html(response);
    if (pathname === "/stage.css") return void response.setHeader("Content-Type", "text/css").end(STYLE);
    if (pathname.startsWith("/carryout/")) return asset(basename(pathname), response);
    if (pathname === "/downloads/events") return this.#stream(response);
    if (pathname === "/downloads/exports") return json(response, 200, { exports: this.exports });
    if (pathname === "/downloads/viewer") return void response.writeHead(204).end();
    if (pathname === "/downloads") return this.#list(request, url, response);
    return this.#one(request, pathname.split("/").slice(2), response);
  }

  #html(response: ServerResponse): void {
    response.setHeader("Content-Security-Policy", POLICY);
    response.setHeader("Content-Type", "text/html; charset=utf-8").end(this.#page);
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    const finished = this.#downloads.filter(({ state }) => state === "ready" || state === "error");
    const old = new Set(finished.slice(20));
    const downloads = this.#downloads.filter((download) => !old.has(download));
    response.write(frame("snapshot", { downloads }));
    this.#streams.add(response);
    response.on("close", () => this.#streams.delete(response));
  }

  async #list(request: IncomingMessage, url: URL, response: ServerResponse): Promise<void> {
    if (request.method === "POST") {
      const { status, body } = this.onStart(JSON.parse(await textOf(request)));
      return json(response, status, body);
    }
    const limit = Number(url.searchParams.get("limit") ?? 100);
    const from = Number(url.searchParams.get("after") ?? 0);
    const next = from + limit;
    if (next < this.#downloads.length) {
      response.setHeader("Link", `</downloads?limit=${limit}&after=${next}>; rel="next"`);
    }
    json(response, 200, { downloads: this.#downloads.slice(from, next) });
  }

  async #one(request: IncomingMessage, [id, name]: string[], response: ServerResponse): Promise<void> {
    const download = this.#downloads.find((one) => one.id === id);
    if (!download) return json(response, 404, { code: "not-found", detail: "No such download." });
    if (request.method === "DELETE") {
      this.#downloads = this.#downloads.filter((one) => one !== download);
      this.#send(frame("removed", { id }));
      return void response.writeHead(204).end();
    }
    if (name === "retry") {
      const { kind, slot } = download;
      const { status, body } = this.onStart({ kind, slot });
      return json(response, status, body);
    }
    response
      .setHeader("Content-Disposition", `attachment; filename="${download.file?.name ?? "x"}"`)
      .end("x");
  }
}

/** The page's own look, as an application might have it. */
const STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; background: Canvas; color: CanvasText }
body { margin: 0 } main { padding: 16px } main:has(.show) { padding: 0 } h2 { font-size: 13px; font-weight: 500; opacity: 0.7; margin: 0 0 4px }
.show { display: grid; grid-template-columns: 20rem 22rem; gap: 24px; padding: 24px; align-items: start } .show > div { display: grid; gap: 24px }
.light { color-scheme: light; background: #f7f6fa; color: #1c1a27 } .dark { color-scheme: dark; background: #100e15; color: #f1eff7 }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 20px; align-items: start }
table { border-collapse: collapse } td { padding: 6px 16px 6px 0 }
.card { inline-size: 20rem } .narrow { inline-size: 15rem }`;

function frame(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

function json(response: ServerResponse, status: number, body: unknown): void {
  const type = status < 400 ? "application/json" : "application/problem+json";
  response.writeHead(status, { "Content-Type": type }).end(JSON.stringify(body));
}

async function asset(name: string, response: ServerResponse): Promise<void> {
  const bytes = await readFile(join(ASSETS, name)).catch(() => null);
  if (!bytes) return void response.writeHead(404).end();
  response.setHeader("Content-Type", TYPES[extname(name)] ?? "text/plain").end(bytes);
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}
