import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connect, headers, type Msg, type MsgHdrs, type NatsConnection } from "@nats-io/transport-node";
import { headersOf } from "../../../src/engines/nats/jetstream/message-headers.ts";
import { NatsServers } from "../../support/nats-servers.ts";

describe("the headers of a message", () => {
  let servers: NatsServers;
  let nats: NatsConnection;

  before(async () => {
    servers = await NatsServers.start();
    nats = await connect({ servers: servers.addresses });
  });
  after(async () => {
    await nats.close();
    await servers.stop();
  });

  /** Sends it and returns the message that arrives. */
  async function received(sent: MsgHdrs | undefined, body: string, subject = "here.you.are"): Promise<Msg> {
    const subscription = nats.subscribe(subject, { max: 1 });
    nats.publish(subject, body, { ...(sent && { headers: sent }), reply: "an.answer" });
    for await (const message of subscription) return message;
    throw new Error("nothing arrived");
  }

  test("equal those that the library parses, without being parsed by it", async () => {
    const sent = headers();
    sent.append("First", "one");
    sent.append("First", "another");
    sent.append("Nats-Subject", "$KV.records.dXNlcg.default");
    sent.append("Text", "zwei: 列, NATS/1.0");
    sent.append("Empty", "");
    for (const body of ["", "{}", "NATS/1.0\r\n\r\n", "x".repeat(200_000)]) {
      const message = await received(sent, body);
      const read = headersOf(message)!;
      assert.notEqual(read.constructor, message.headers!.constructor);
      for (const name of ["First", "first", "Nats-Subject", "Subject", "Text", "Empty", "Missing"])
        assert.equal(read.get(name), message.headers!.get(name), name);
      assert.equal(read.code, 0);
      assert.equal(read.description, "");
    }
  });

  test("include a status", async () => {
    const read = headersOf(await received(headers(404, "Message Not Found"), ""))!;
    assert.equal(read.code, 404);
    assert.equal(read.description, "Message Not Found");
    assert.equal(read.get("Anything"), "");
  });

  test("are parsed by the library if they can't be found otherwise", async () => {
    const sent = headers();
    sent.set("Name", "value");
    assert.equal(headersOf(await received(sent, "{}", "über.alles"))?.get("Name"), "value");
    const { subject, data, headers: parsed } = await received(sent, "{}");
    assert.equal(headersOf({ subject, data, headers: parsed } as Msg)?.get("Name"), "value");
  });

  test("may be absent", async () => {
    for (const body of ["", "NATS/1.0\r\nName: value\r\n\r\n"])
      assert.equal(headersOf(await received(undefined, body)), null);
  });
});
