/** @module Test support: reads an event stream frame by frame. */

export interface EventReader {
  /** The next frame without its blank line, or null at the stream's end. */
  next(): Promise<string | null>;
  /** The next event's name and data; comments and `retry` are skipped. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into what they expect
  event(): Promise<{ name: string; data: any } | null>;
  cancel(): Promise<void>;
}

export function readEvents(response: Response): EventReader {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = "";
  const next = async () => {
    while (!text.includes("\n\n")) {
      const { done, value } = await reader.read();
      if (done) return null;
      text += decoder.decode(value, { stream: true });
    }
    const end = text.indexOf("\n\n");
    const frame = text.slice(0, end);
    text = text.slice(end + 2);
    return frame;
  };
  return {
    next,
    async event() {
      for (;;) {
        const frame = await next();
        if (frame === null) return null;
        const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(frame) ?? [];
        if (name !== undefined && data !== undefined) return { name, data: JSON.parse(data) };
      }
    },
    cancel: () => reader.cancel(),
  };
}
