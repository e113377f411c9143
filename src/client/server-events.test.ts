import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EventParser, type StreamItem } from "./server-events.ts";

function parse(chunks: Iterable<string>): StreamItem[] {
  const parser = new EventParser();
  return [...chunks].flatMap((chunk) => parser.push(chunk));
}

test("reads events, comments and the pause before a reconnect", () => {
  const text = "retry: 1000\n\n: hello\nevent: download\ndata: {\ndata: }\n\ndata:bare\n\n";
  assert.deepEqual(parse([text]), [
    { type: "retry", ms: 1_000 },
    { type: "comment", text: "hello" },
    { type: "event", name: "download", data: "{\n}" },
    { type: "event", name: "message", data: "bare" },
  ]);
});

test("an event that was not ended is not given, nor is a name without data", () => {
  assert.deepEqual(parse(["event: x\n\ndata: cut off\n"]), []);
});

test("a broken retry is ignored", () => {
  assert.deepEqual(parse(["retry: soon\n\n"]), []);
});

const line = fc.string({ unit: fc.constantFrom(..."abc:{} \u{1f600}é"), maxLength: 12 });
const event = fc.record({
  name: fc.constantFrom("snapshot", "download"),
  lines: fc.array(line, { minLength: 1 }),
});

test("however the text is cut and its lines are ended, the same events come out", () => {
  fc.assert(
    fc.property(
      fc.array(event),
      fc.constantFrom("\n", "\r\n", "\r"),
      fc.array(fc.nat()),
      (events, newline, cuts) => {
        const text = events
          .map(({ name, lines }) =>
            [`event: ${name}`, ...lines.map((data) => `data: ${data}`), "", ""].join(newline),
          )
          .join("");
        const expected = events.map(({ name, lines }) => ({ type: "event", name, data: lines.join("\n") }));
        assert.deepEqual(parse(cutAt(text, cuts)), expected);
      },
    ),
  );
});

function cutAt(text: string, cuts: number[]): string[] {
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
  return places.slice(1).map((end, index) => text.slice(places[index], end));
}
