/** @module One stream between two processes: frames in both directions, bounded memory, at most once. */

import type { Socket } from "node:net";
import type { Json } from "../../download/json.ts";
import { type Frame, FrameReader } from "./frames.ts";

/** Bytes that may wait for a peer that does not read: a frozen process must not grow the memory of the others. */
const MOST_WAITING = 1 << 20;

export interface ConnectionEvents {
  frame(frame: Frame): void;
  /** Called once, when the stream has ended for any reason. `fault` is the error, if there was one. */
  closed(fault: Error | null): void;
}

export class Connection {
  readonly #socket: Socket;
  #fault: Error | null = null;
  /** Messages that were not sent because too much was waiting. */
  dropped = 0;

  constructor(socket: Socket, events: ConnectionEvents) {
    this.#socket = socket;
    const reader = new FrameReader();
    socket.setEncoding("utf8");
    socket.on("data", (text: unknown) => {
      let frames: Frame[];
      try {
        frames = reader.push(text as string);
      } catch (error) {
        socket.destroy(error as Error);
        return;
      }
      for (const frame of frames) events.frame(frame);
    });
    socket.on("error", (error) => {
      this.#fault = error;
    });
    socket.on("close", () => events.closed(this.#fault));
  }

  get open(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  /** Sends an encoded frame: false, and one more `dropped`, when the peer is too far behind or gone. */
  send(bytes: Buffer): boolean {
    if (this.open && this.#socket.writableLength + bytes.length <= MOST_WAITING) {
      this.#socket.write(bytes);
      return true;
    }
    this.dropped += 1;
    return false;
  }

  /** Ends the stream, letting pending data go out, at most until `destroy`. */
  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** The first message of a process on a connection that it opened. */
export interface Hello {
  id: string;
}

export function readHello(message: Json): Hello | null {
  if (typeof message !== "object" || message === null || Array.isArray(message)) return null;
  return typeof message.id === "string" && message.id.length > 0 ? { id: message.id } : null;
}
