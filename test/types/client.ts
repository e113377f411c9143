import { CarryoutClientError, createClient, type KindOf, type ParamsOf, slotOf } from "carryout/client";

type Made = typeof import("./generators.ts");

const client = createClient<Made>({ src: "/exports/downloads", initial: { downloads: [] } });

export async function kindsAndParameters() {
  await client.start("orders.csv", { year: 2026 });
  await client.start("orders.csv", { year: 2026, country: "FR" }, { slot: "a", idempotencyKey: "1" });
  await client.start("optional");
  await client.start("optional", { limit: "7" });
  await client.start("plain", undefined, { slot: "a" });
  await client.start("sales.csv", { year: 2026, columns: ["id"], timeZone: "UTC" });
  // @ts-expect-error: the export has no such format
  await client.start("sales.pdf", { year: 2026 });
  // @ts-expect-error: unknown kind
  await client.start("order.csv", { year: 2026 });
  // @ts-expect-error: the year is missing
  await client.start("orders.csv");
  // @ts-expect-error: the year is missing
  await client.start("orders.csv", {});
  // @ts-expect-error: the year is a number
  await client.start("orders.csv", { year: "2026" });
  // @ts-expect-error: a misspelt parameter
  await client.start("orders.csv", { year: 2026, contry: "FR" });
  // @ts-expect-error: the schema takes a string and converts it to a number
  await client.start("optional", { limit: 7 });
  // @ts-expect-error: this kind takes no parameters
  await client.start("plain", { year: 2026 });
  // @ts-expect-error: a misspelt option
  await client.start("plain", undefined, { slto: "a" });
  client.isAnswerTo("id", "orders.csv", { year: 2026 });
}

export const kind: KindOf<Made> = "sales.ndjson";
export const params: ParamsOf<Made, "orders.csv"> = { year: 2026 };
// @ts-expect-error: unknown kind
export const wrong: KindOf<Made> = "order.csv";

export async function generatorsUnknown() {
  const { id } = await createClient().start("anything", { whatever: 1 }, { slot: "a" });
  await createClient().remove(id);
  const { next } = await createClient().list({ limit: 10 });
  await createClient().list(next === null ? {} : { after: next });
}

export function state() {
  const { downloads, connection } = client.getSnapshot();
  const { download, starting, problem } = slotOf(client.getSnapshot(), "a");
  // @ts-expect-error: nobody changes the state but the client
  downloads.push(downloads[0]!);
  return [download?.percent?.toFixed(), starting?.kind, problem?.code, connection === "waiting"];
}

export function failure(error: unknown): string {
  return error instanceof CarryoutClientError ? `${error.status} ${error.errors[0]?.path}` : "";
}
