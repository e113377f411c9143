/** @module What must compile, and what must not: a missing expected error is an error itself. */

import { memory, openNode, renderTray } from "carryout";
import { orders } from "./generators.ts";

const generators = new URL("./generators.ts", import.meta.url);
const user = "ann";

export async function kindsAndParameters() {
  const node = await openNode<typeof import("./generators.ts")>({ engine: "memory:", generators });
  await node.start({ user, kind: "orders.csv", params: { year: 2026 } });
  await node.start({ user, kind: "orders.csv", slot: "a", params: { year: 2026, country: "FR" } });
  await node.start({ user, kind: "optional" });
  await node.start({ user, kind: "optional", params: { limit: "7" } });
  await node.start({ user, kind: "plain" });
  await node.start({ user, kind: "sales.csv", params: { year: 2026, columns: ["id"], timeZone: "UTC" } });
  await node.start({ user, kind: "sales.ndjson", params: { year: 2026 } });
  // @ts-expect-error: the export has no such format
  await node.start({ user, kind: "sales.pdf", params: { year: 2026 } });
  // @ts-expect-error: its own parameters are asked for as well
  await node.start({ user, kind: "sales.csv", params: { columns: ["id"] } });
  // @ts-expect-error: unknown kind
  await node.start({ user, kind: "order.csv", params: { year: 2026 } });
  // @ts-expect-error: the year is missing
  await node.start({ user, kind: "orders.csv" });
  // @ts-expect-error: the year is missing
  await node.start({ user, kind: "orders.csv", params: {} });
  // @ts-expect-error: the year is a number
  await node.start({ user, kind: "orders.csv", params: { year: "2026" } });
  // @ts-expect-error: a misspelt parameter
  await node.start({ user, kind: "orders.csv", params: { year: 2026, contry: "FR" } });
  // @ts-expect-error: the schema takes a string and converts it to a number
  await node.start({ user, kind: "optional", params: { limit: 7 } });
  // @ts-expect-error: this kind takes no parameters
  await node.start({ user, kind: "plain", params: { year: 2026 } });
  // @ts-expect-error: the user is missing
  await node.start({ kind: "plain" });
}

export async function generatorsAsValues() {
  const node = await openNode({ engine: memory(), generators: [orders] });
  await node.start({ user, kind: "orders.csv", params: { year: 2026 } });
  // @ts-expect-error: no such generator in the array
  await node.start({ user, kind: "plain" });
  // @ts-expect-error: the year is missing
  await node.start({ user, kind: "orders.csv" });
}

export async function generatorsUnknown() {
  const node = await openNode({ generators });
  await node.start({ user, kind: "anything", params: ["whatever"] });
}

export async function serverOrNone() {
  const mounted = await openNode({ basePath: "/exports", operations: true, url: "http://n1:3000" });
  mounted.handles("/downloads");
  await mounted.fetch(new Request("http://localhost/exports/downloads"));
  // @ts-expect-error: a mounted node has no URL of its own
  mounted.url.toUpperCase();
  const serving = await openNode({ serve: { port: 0, host: "127.0.0.1", stopMs: 1 } });
  serving.url.toUpperCase();
  // @ts-expect-error: a serving node has its own listener
  serving.listener;
}

export const ignoredOptions = [
  // @ts-expect-error: only for a node that serves
  () => openNode({ port: 3000 }),
  // @ts-expect-error: only for a node that serves
  () => openNode({ host: "127.0.0.1" }),
  // @ts-expect-error: only for a node that serves
  () => openNode({ routes: "./routes.ts" }),
  // @ts-expect-error: a mounted node has no connections to wait for
  () => openNode({ stopMs: 1 }),
  // @ts-expect-error: opens exactly one node
  () => openNode({ nodes: 3 }),
  // @ts-expect-error: the URL follows from where it listens
  () => openNode({ serve: {}, url: "http://n1:3000" }),
  // @ts-expect-error: a serving node always has these paths
  () => openNode({ serve: {}, operations: true }),
  // @ts-expect-error: belongs inside `serve`
  () => openNode({ serve: {}, port: 3000 }),
  // @ts-expect-error: unknown setting
  () => openNode({ colour: "blue" }),
];

export async function theWireFormat() {
  const node = await openNode({ generators });
  const downloads = await node.list(user);
  renderTray({ downloads, returnTo: "/" });
  for (const { file, requestedAt } of downloads) {
    file?.url.toUpperCase();
    requestedAt.toUpperCase();
  }
  // @ts-expect-error: how it is stored is not public
  downloads[0]?.params;
  for await (const event of node.watch(user, AbortSignal.timeout(1))) {
    if (event.type === "download") event.download.state.toUpperCase();
    // @ts-expect-error: the record's status is not public
    if (event.type === "download") event.status;
  }
}
