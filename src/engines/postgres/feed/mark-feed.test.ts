import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../../clock/virtual.testing.ts";
import { silentLog } from "../../../telemetry/log.ts";
import type { PostgresSession } from "../session/postgres-session.ts";
import { MarkFeed } from "./mark-feed.ts";

test("watchers that begin all the time do not put off the looks of the others", async () => {
  const clock = new VirtualClock({ seed: 1 });
  const closing = new AbortController();
  const statements: string[] = [];
  const session = {
    connection: {},
    connected: async () => {},
    onLost: () => () => {},
    query: async (text: string) => {
      statements.push(text);
      return [];
    },
  };
  const feed = new MarkFeed({
    schema: "any",
    session: session as unknown as PostgresSession,
    news: { lookMs: 250, hearMarks: () => () => {} },
    clock,
    log: silentLog,
    checkOpen: () => {},
    closing: closing.signal,
  });
  const seen: string[] = [];
  const follow = async (user: string) => {
    for await (const { type } of feed.watch(user, closing.signal)) seen.push(type);
  };
  const watching: Promise<void>[] = [];
  for (let index = 0; index < 50; index += 1) {
    watching.push(follow(`user-${index}`));
    await clock.advance(100);
  }
  const looks = () => statements.filter((text) => !text.includes("doc")).length;
  // In 5 s, one each 187 to 313 ms.
  assert.ok(looks() >= 15 && looks() <= 27, `${looks()} looks`);
  assert.equal(seen.filter((type) => type === "synced").length, 50);
  closing.abort();
  await Promise.all(watching);
  const before = looks();
  await clock.advance(10_000);
  assert.equal(looks(), before, "a closed feed asks for nothing");
});
