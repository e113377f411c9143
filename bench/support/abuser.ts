/**
 * @module The program of an abuser: fifty connections from its own address, each of which repeats the most expensive
 * requests: large forms, lists of all its downloads, event streams that it opens and does not read.
 */

import { Agent, type IncomingMessage, request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

const CONNECTIONS = 50;
const KEPT = 300;
/** A different loopback address from that of the users. */
const ADDRESS = "127.0.0.2";

const [, , url] = process.argv;
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
const answers: Record<string, number> = {};
let cookie = "";
let isOn = true;

/** Resolves with the response; its body has not been read yet. */
function call(method: string, path: string, type?: string, body?: string): Promise<IncomingMessage> {
  const headers = { ...(type && { "content-type": type }), ...(cookie && { cookie }) };
  return new Promise((done, failed) => {
    const options = { method, headers, agent, localAddress: ADDRESS };
    const asked = request(`${url}${path}`, options, (response) => {
      const answer = `${method} ${path}: ${response.statusCode}`;
      answers[answer] = (answers[answer] ?? 0) + 1;
      cookie ||= response.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
      done(response);
    });
    asked.on("error", failed);
    asked.end(body);
  });
}

async function read(response: IncomingMessage): Promise<void> {
  for await (const _ of response);
}

const names = Array.from({ length: 15_800 }, (_, index) => index.toString(36)).join("&");
const largeForm = () =>
  call("POST", "/downloads", "application/x-www-form-urlencoded", `kind=small&${names}`).then(read);
const wholeList = () => call("GET", "/downloads").then(read);
const unreadStream = async () => {
  const response = await call("GET", "/downloads/events");
  await pause(50);
  response.destroy();
};
const WAYS = [largeForm, wholeList, unreadStream];

async function abuse(way: () => Promise<void>): Promise<void> {
  while (isOn) {
    await way().catch(() => {
      answers.broken = (answers.broken ?? 0) + 1;
    });
  }
}

await wholeList();
for (let slot = 0; slot < KEPT; slot++) {
  const body = JSON.stringify({ kind: "small", slot: `s${slot}` });
  await read(await call("POST", "/downloads", "application/json", body));
}
process.send?.("ready");
const all = Array.from({ length: CONNECTIONS }, (_, index) => abuse(WAYS[index % WAYS.length]!));
process.once("message", async () => {
  isOn = false;
  process.send?.(answers);
  await Promise.race([Promise.all(all), pause(1_000)]);
  process.exit(0);
});
