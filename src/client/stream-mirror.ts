/** @module The downloads as the stream has described them so far, for tabs that are opened later. */

import type { PublicDownload } from "./public-download.ts";
import type { StreamMessage } from "./stream-message.ts";

/** What the leader has received so far, to be sent to new tabs. Null before the first snapshot. */
export class StreamMirror {
  #downloads: Map<string, PublicDownload> | null = null;
  #hasMore: boolean | undefined;

  apply(message: StreamMessage): void {
    if (message.type === "snapshot") {
      this.#downloads = new Map(message.downloads.map((d) => [d.id, d]));
      this.#hasMore = message.hasMore;
    } else if (message.type === "older") {
      this.#hasMore = message.hasMore;
      for (const download of message.downloads) this.#downloads?.set(download.id, download);
    } else if (message.type === "download") this.#downloads?.set(message.download.id, message.download);
    else this.#downloads?.delete(message.id);
  }

  clear(): void {
    this.#downloads = null;
  }

  snapshot(): StreamMessage | null {
    if (!this.#downloads) return null;
    return { type: "snapshot", downloads: [...this.#downloads.values()], hasMore: this.#hasMore };
  }
}
