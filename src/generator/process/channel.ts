/** @module Messages with binary payloads over a socket between two processes. */

import type { Socket } from "node:net";

/** Two lengths before each frame, each 32 bits, little-endian: of the JSON text, and of the bytes after it. */
const HEADER_BYTES = 8;
/** A part has 16 MiB at most, a checkpoint's state less. */
const LONGEST = 256 * 1024 * 1024;
const NOTHING = new Uint8Array(0);

/**
 * Messages are JSON, payloads are raw bytes: 16 MiB take about 20 ms. Callers have to agree on how much may be in
 * flight.
 */
export class Channel<Sent, Received> {
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  #isGathering = false;

  /** An invalid frame destroys the socket. */
  constructor(socket: Socket, receive: (message: Received, bytes: Uint8Array) => void) {
    this.#socket = socket;
    this.#reader = new FrameReader((message, bytes) => receive(message as Received, bytes));
    socket.on("data", (chunk: Buffer) => {
      try {
        this.#reader.push(chunk);
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    // The end of the other process is signalled by "close".
    socket.on("error", () => {});
  }

  /**
   * Sent at once, before a generator may start computing. The bytes must not change until they are sent. Does nothing
   * once the socket is closed.
   */
  send(message: Sent, bytes: Uint8Array = NOTHING): void {
    if (!this.#socket.writable) return;
    const text = JSON.stringify(message);
    const textLength = Buffer.byteLength(text);
    const head = Buffer.allocUnsafe(HEADER_BYTES + textLength);
    head.writeUInt32LE(textLength, 0);
    head.writeUInt32LE(bytes.byteLength, 4);
    head.write(text, HEADER_BYTES);
    this.#socket.cork();
    this.#socket.write(head);
    if (bytes.byteLength > 0) this.#socket.write(bytes);
    this.#socket.uncork();
  }

  /**
   * What is sent next, until the event loop goes on, is gathered for one system call, so that many runs that begin at
   * once wake the other process twice. For a sender whose event loop no generator can hold up.
   */
  sendSoon(message: Sent): void {
    this.send(message);
    if (this.#isGathering) return;
    this.#isGathering = true;
    this.#socket.cork();
    process.nextTick(() => {
      this.#isGathering = false;
      this.#socket.uncork();
    });
  }
}

/** Assembles frames from chunks of any size; copies each byte once. */
export class FrameReader {
  readonly #onFrame: (message: unknown, bytes: Uint8Array) => void;
  #target: Buffer = Buffer.alloc(HEADER_BYTES);
  #filled = 0;
  #stage: "header" | "text" | "bytes" = "header";
  #bytesLength = 0;
  #message: unknown;

  constructor(onFrame: (message: unknown, bytes: Uint8Array) => void) {
    this.#onFrame = onFrame;
  }

  /** Throws for an invalid frame. */
  push(chunk: Buffer): void {
    let offset = 0;
    while (offset < chunk.length) {
      const copied = chunk.copy(this.#target, this.#filled, offset);
      offset += copied;
      this.#filled += copied;
      if (this.#filled === this.#target.length) this.#filledUp();
    }
  }

  #filledUp(): void {
    const target = this.#target;
    if (this.#stage === "header") {
      const textLength = target.readUInt32LE(0);
      this.#bytesLength = target.readUInt32LE(4);
      if (textLength === 0 || textLength > LONGEST || this.#bytesLength > LONGEST) {
        throw new RangeError(`a frame of ${textLength} and ${this.#bytesLength} bytes`);
      }
      this.#expect("text", textLength);
    } else if (this.#stage === "text") {
      this.#message = JSON.parse(target.toString("utf8"));
      if (this.#bytesLength > 0) this.#expect("bytes", this.#bytesLength);
      else this.#complete(NOTHING);
    } else this.#complete(target);
  }

  #complete(bytes: Uint8Array): void {
    const message = this.#message;
    this.#message = undefined;
    this.#expect("header", HEADER_BYTES);
    this.#onFrame(message, bytes);
  }

  #expect(stage: "header" | "text" | "bytes", length: number): void {
    this.#stage = stage;
    this.#filled = 0;
    // Not from the buffer pool: a part is kept until it is stored, and would keep the whole pool alive.
    this.#target = Buffer.allocUnsafeSlow(length);
  }
}
