import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readlinkSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { type Host, Hosts, hostsImpossible } from "./hosts.ts";
import { isRunning } from "./processes.ts";
import { eventually } from "./real-cluster.ts";

const ANSWERS = `
  const { createServer } = require("node:http");
  createServer((request, response) => {
    const size = Number(new URL(request.url, "http://x").searchParams.get("size") ?? 0);
    response.end(size > 0 ? Buffer.alloc(size, "carryout") : process.argv[1]);
  }).listen(8080, "0.0.0.0");
`;

const impossible = await hostsImpossible();
const skip = process.env.CI === "true" ? false : (impossible ?? false);

describe("test hosts", { skip }, () => {
  let hosts: Hosts;
  let one: Host;
  let two: Host;
  let three: Host;

  before(async () => {
    hosts = await Hosts.create(3);
    [one, two, three] = hosts.all as [Host, Host, Host];
    for (const host of hosts.all) host.spawn(process.execPath, ["-e", ANSWERS, `host ${host.number}`]);
    await eventually("all answer", async () => {
      for (const host of hosts.all) await ask(host, host);
      return true;
    });
  });
  after(() => hosts.dispose());

  /** What a program on one host receives from another, or null for nothing. */
  async function ask(from: Host, to: Host, query = ""): Promise<Buffer | null> {
    const url = `http://${await from.outside(8080, to.address)}/${query}`;
    const timeout = AbortSignal.timeout(query === "" ? 1_500 : 60_000);
    const response = await fetch(url, { signal: timeout, headers: { connection: "close" } }).catch(
      () => null,
    );
    return response && Buffer.from(await response.arrayBuffer());
  }

  const hears = async (from: Host, to: Host) => (await ask(from, to))?.toString() === `host ${to.number}`;

  it("reach each other, but nothing outside", async () => {
    const hearAll = async () => {
      for (const from of hosts.all) for (const to of hosts.all) if (!(await hears(from, to))) return false;
      return true;
    };
    await eventually("all hear each other", hearAll);
    const child = one.spawn("/usr/bin/cat", ["/proc/net/route"], { stdio: ["ignore", "pipe", "inherit"] });
    const [routes] = await once(child.stdout!, "data");
    assert.equal(String(routes).trim().split("\n").length, 2, "a head and the way to the other hosts");
  });

  it("can be cut off from the others, but not from themselves", async () => {
    await hosts.cutOff(one);
    assert.deepEqual(await Promise.all([hears(one, two), hears(three, one)]), [false, false]);
    await eventually("it hears itself", () => hears(one, one));
    await eventually("the others hear each other", () => hears(two, three));
    await hosts.heal();
    await eventually("they hear each other again", () => hears(one, two));
  });

  it("can lose packets in one direction only", async () => {
    const heard: string[] = [];
    const program = `
      const socket = require("node:dgram").createSocket("udp4");
      socket.on("message", (text) => process.send(String(text)));
      socket.bind(9000, () => process.send("listens"));
      setInterval(() => socket.send(process.argv[1], 9000, process.argv[2]), 50);
    `;
    const speak = (from: Host, to: Host) =>
      from.spawn(process.execPath, ["-e", program, `from ${from.number}`, to.address], {
        stdio: ["ignore", "inherit", "inherit", "ipc"],
      });
    const ears = [speak(one, two), speak(two, one)];
    for (const ear of ears) ear.on("message", (text) => heard.push(String(text)));
    const both = ["from 1", "from 2"];
    await eventually("both hear", async () => both.every((text) => heard.includes(text)));
    await hosts.dropFrom(one, two);
    heard.length = 0;
    // Earlier output may still be on its way from the receiving process.
    const isOneSided = () => heard.length >= 20 && heard.slice(-20).every((text) => text === "from 2");
    await eventually("only one is heard", async () => isOneSided());
    await hosts.heal();
    await eventually("both hear again", async () => both.every((text) => heard.includes(text)));
    for (const ear of ears) ear.kill("SIGKILL");
  });

  it("transfer large files intact, even over slow, lossy links", async () => {
    const size = 4 << 20;
    const expected = createHash("sha256").update(Buffer.alloc(size, "carryout")).digest("hex");
    for (const path of [{}, { rateMbit: 40 }, { delayMs: 20, jitterMs: 10, lossPercent: 1 }]) {
      await hosts.slow(one, path);
      const bytes = await ask(one, two, `?size=${size}`);
      assert.equal(createHash("sha256").update(bytes!).digest("hex"), expected, JSON.stringify(path));
    }
    await hosts.heal();
  });

  it("can be slowed down", async () => {
    await hosts.slow(two, { delayMs: 60 });
    await ask(one, two); // the hardware addresses are known now
    const before = performance.now();
    await ask(one, two);
    // A lower bound that holds on a busy machine too: two round trips, for the connection and for the answer.
    assert.ok(performance.now() - before > 4 * 59);
    await hosts.heal();
  });

  it("run programs as processes that can be signalled", async () => {
    const child = two.spawn("/usr/bin/sleep", ["1000"]);
    await eventually("it runs", async () => readlinkSync(`/proc/${child.pid}/exe`).endsWith("/sleep"));
    child.kill("SIGKILL");
    const [, signal] = await once(child, "exit");
    assert.equal(signal, "SIGKILL");
  });

  it("leave nothing behind", async () => {
    const others = await Hosts.create(2);
    const [host] = others.all as [Host, Host];
    const child = host.spawn("/usr/bin/sleep", ["1000"]);
    const names = others.all.map(({ namespace }) => `/run/netns/${namespace}`);
    assert.ok(names.every((name) => existsSync(name)));
    await others.dispose();
    assert.ok(!names.some((name) => existsSync(name)));
    assert.ok(!isRunning(child.pid!));
  });
});
