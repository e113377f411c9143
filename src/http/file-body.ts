/** @module The bytes of a file as a response body: pulled as the client reads, whole or visibly broken. */

import type { Context } from "hono";
import { messageOf } from "../errors.ts";
import { breakConnection } from "./connection.ts";
import type { Services } from "./services.ts";

/**
 * A body of exactly `size` bytes. Reads the first chunk before it resolves, so that an unreadable file rejects and is
 * answered with a problem. Later failures, and a source that yields more or less than `size`, break the connection: the
 * client must never mistake a part for the whole. `onBroken` is called after that, and must not reject. Reading stops
 * when the client disconnects. Nothing is read ahead.
 */
export async function openFile(
  context: Context,
  services: Pick<Services, "log" | "metrics">,
  source: AsyncIterable<Uint8Array>,
  size: number,
  onBroken: (error: unknown, missingBytes: number) => Promise<void>,
): Promise<ReadableStream<Uint8Array>> {
  const iterator = source[Symbol.asyncIterator]();
  let next: IteratorResult<Uint8Array> | null = await iterator.next();
  let left = size;
  let isWanted = true;

  const breakOff = async (controller: ReadableStreamDefaultController<Uint8Array>, error: unknown) => {
    // An error passed to the Node adapter would be printed, and might be sent as bytes.
    if (!breakConnection(context)) controller.error(error);
    await iterator.return?.();
    await onBroken(error, left);
  };

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = next ?? (await iterator.next());
          next = null;
          if (!isWanted) return; // the client disconnected while this chunk was read
          left -= done ? 0 : value.byteLength;
          if (done && left === 0) return controller.close();
          if (done || left < 0) throw new Error(`the file's parts differ from its size by ${left} bytes`);
          services.metrics.delivered(value.byteLength);
          controller.enqueue(value);
        } catch (error) {
          await breakOff(controller, error);
        }
      },
      async cancel(reason) {
        isWanted = false;
        services.log.debug(
          { reason: messageOf(reason), missingBytes: left },
          "client disconnected during delivery",
        );
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
