import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import cluster from "node:cluster";
import { once } from "node:events";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { systemClock as clock } from "../../../src/clock/system.ts";
import type { Json } from "../../../src/download/json.ts";
import { removeDeadSockets } from "../../../src/engines/mesh/dead-sockets.ts";
import { Mesh } from "../../../src/engines/mesh/mesh.ts";
import { silentLog } from "../../../src/telemetry/log.ts";

/**
 * Started again as `child ADDRESS [ID ADDRESS]`, this file is a process that listens and connects to a peer; as
 * `primary ADDRESS` it starts a node:cluster worker that does.
 */
const [role, childAddress, parentId, parentAddress] = process.argv.slice(2);
if (role === "child") await runChild();
else if (role === "primary") await runPrimary();
else describe("mesh", tests);

async function runPrimary(): Promise<void> {
  cluster.setupPrimary({ args: ["child", childAddress!] });
  const worker = cluster.fork();
  process.once("disconnect", () => process.exit());
  await once(worker, "message");
  process.send!(worker.process.pid);
}

async function runChild(): Promise<void> {
  const mesh = new Mesh({ id: "child", log: silentLog });
  await mesh.listen(childAddress!);
  mesh.subscribe("echo", (message, from) => mesh.send(from, "echoed", message));
  if (parentAddress) await mesh.connect(parentId!, parentAddress);
  process.once("disconnect", () => process.exit());
  process.send!("ready");
}

function tests(): void {
  let dir: string;
  let meshes: Mesh[];
  let children: ChildProcess[];
  const address = (id: string) => join(dir, `${id}.sock`);

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "carryout-mesh-"));
    meshes = [];
    children = [];
  });
  afterEach(async () => {
    for (const mesh of meshes) await mesh.close();
    for (const child of children) child.kill("SIGKILL");
    await rm(dir, { recursive: true });
  });

  const onlooker = (id: string) => {
    const mesh = new Mesh({ id, log: silentLog });
    meshes.push(mesh);
    return mesh;
  };
  const listener = async (id: string) => {
    const mesh = onlooker(id);
    await mesh.listen(address(id));
    return mesh;
  };
  const spawn = async (
    ...args: [role: "child" | "primary", ...string[]]
  ): Promise<{ child: ChildProcess; message: unknown }> => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const child = fork(import.meta.filename, args, { env });
    children.push(child);
    const [message] = await once(child, "message");
    return { child, message };
  };

  test("either side of one connection can send, broadcast and reply", async () => {
    const [one, two] = [await listener("one"), await listener("two")];
    assert.equal(await one.connect("two", address("two")), "connected");
    const asked = heard(two, "question");
    assert.equal(one.send("two", "question", { n: 1 }), true);
    assert.deepEqual(await asked, { message: { n: 1 }, from: "one" });
    const answered = heard(one, "answer");
    two.broadcast("answer", "yes");
    assert.deepEqual(await answered, { message: "yes", from: "two" });
    assert.deepEqual([one.peers(), two.peers()], [["two"], ["one"]]);
  });

  test("two peers that connect to each other at the same moment receive each message once", async () => {
    const [one, two] = [await listener("one"), await listener("two")];
    await Promise.all([one.connect("two", address("two")), two.connect("one", address("one"))]);
    const received: Json[] = [];
    two.subscribe("topic", (message) => received.push(message));
    const last = heard(two, "last");
    for (const number of [1, 2, 3]) one.broadcast("topic", number);
    one.broadcast("last", null);
    await last;
    assert.deepEqual(received, [1, 2, 3]);
  });

  test("an observer does not listen, but receives broadcasts and can send", async () => {
    const one = await listener("one");
    const watcher = onlooker("watcher");
    await watcher.connect("one", address("one"));
    const asked = heard(one, "question");
    watcher.broadcast("question", 1);
    assert.equal((await asked).from, "watcher");
    const answered = heard(watcher, "answer");
    one.broadcast("answer", 2);
    assert.equal((await answered).message, 2);
    assert.equal(watcher.address, null);
    assert.deepEqual(await readdir(dir), ["one.sock"]);
  });

  test("its socket is private, and gone after closing", async () => {
    const one = await listener("one");
    assert.equal((await stat(address("one"))).mode & 0o777, 0o600);
    await one.close();
    assert.deepEqual(await readdir(dir), []);
    one.broadcast("topic", "nobody hears");
    assert.equal(await one.connect("one", address("one")), "failed");
  });

  test("closing is reported once as a lost lifeline to every connected peer", async () => {
    const [one, two, three] = [await listener("one"), await listener("two"), onlooker("three")];
    await one.connect("two", address("two"));
    await two.connect("one", address("one"));
    await three.connect("one", address("one"));
    const greeted = heard(one, "greeting");
    three.broadcast("greeting", null);
    await greeted;
    const losses = [two, three].map(lost);
    await one.close();
    assert.deepEqual(await Promise.all(losses), ["one", "one"]);
    assert.equal(two.isConnected("one"), false);
    assert.equal(two.send("one", "topic", 1), false);
  });

  test("the death of a process is reported as a lost lifeline, and its socket then refuses connections", async () => {
    const one = await listener("one");
    const { child } = await spawn("child", address("child"), "one", address("one"));
    const echoed = heard(one, "echoed");
    assert.equal(await one.connect("child", address("child")), "connected");
    one.send("child", "echo", "hello");
    await echoed;
    const loss = lost(one);
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    assert.equal(await loss, "child");
    await exited;
    assert.equal(await one.connect("child", address("child")), "refused");
    assert.equal(await one.connect("never", address("never")), "failed");
  });

  test("sockets of dead processes are removed, those of live and frozen ones stay", async () => {
    await listener("living");
    const frozen = await spawn("child", address("frozen"));
    const killed = await spawn("child", address("killed"));
    frozen.child.kill("SIGSTOP");
    killed.child.kill("SIGKILL");
    await once(killed.child, "exit");
    await writeFile(join(dir, "other"), "");
    assert.deepEqual((await readdir(dir)).sort(), ["frozen.sock", "killed.sock", "living.sock", "other"]);
    await removeDeadSockets(dir);
    assert.deepEqual((await readdir(dir)).sort(), ["frozen.sock", "living.sock", "other"]);
  });

  test("a worker of node:cluster holds its socket itself, so that its death closes it", async () => {
    const one = await listener("one");
    const { child: primary, message: pid } = await spawn("primary", address("child"));
    const echoed = heard(one, "echoed");
    await one.connect("child", address("child"));
    one.send("child", "echo", null);
    await echoed;
    // While frozen, the primary can't close a socket that it might hold.
    primary.kill("SIGSTOP");
    const loss = lost(one);
    process.kill(pid as number, "SIGKILL");
    await loss;
    assert.equal(await refusedSoon(one, "child", address("child")), true);
  });

  test("a frozen peer costs a bounded amount of memory, and communicates again when it resumes", async () => {
    const one = await listener("one");
    const { child } = await spawn("child", address("child"));
    await one.connect("child", address("child"));
    child.kill("SIGSTOP");
    const chunk = "x".repeat(100_000);
    let sent = 0;
    while (one.dropped < 10) {
      if (one.send("child", "ballast", chunk)) sent += 1;
      assert.ok(sent < 100, "nothing is dropped");
    }
    const echoed = heard(one, "echoed");
    child.kill("SIGCONT");
    // A message sent now may still be dropped: repeat it until it arrives.
    let waiting = true;
    const again = () => {
      one.send("child", "echo", "awake");
      if (waiting) setImmediate(again);
    };
    again();
    assert.deepEqual(await echoed, { message: "awake", from: "child" });
    waiting = false;
  });

  test("a client that violates the protocol is disconnected, and the others are not affected", async () => {
    const one = await listener("one");
    const two = await listener("two");
    await two.connect("one", address("one"));
    for (const words of [
      "GET / HTTP/1.1\r\n\r\n",
      '["hello",{"id":7}]\n',
      '["topic",1]\n',
      '["hello",null]\n',
    ]) {
      const stranger = connect({ path: address("one") });
      stranger.resume();
      stranger.write(words);
      await once(stranger, "close");
    }
    const received = heard(one, "topic");
    two.broadcast("topic", "still here");
    assert.equal((await received).message, "still here");
    assert.deepEqual(one.peers(), ["two"]);
  });

  test("a message that is too long is dropped and counted", async () => {
    const [one, two] = [await listener("one"), await listener("two")];
    await one.connect("two", address("two"));
    assert.equal(one.send("two", "topic", "x".repeat(2_000_000)), false);
    assert.equal(one.dropped, 1);
    const received = heard(two, "topic");
    one.send("two", "topic", "short");
    assert.equal((await received).message, "short");
  });
}

/** The system closes a dead process's files one by one: its listener may outlive a connection briefly. */
async function refusedSoon(mesh: Mesh, id: string, address: string): Promise<boolean> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if ((await mesh.connect(id, address)) === "refused") return true;
    await clock.sleep(5);
  }
  return false;
}

function heard(mesh: Mesh, channel: string): Promise<{ message: Json; from: string }> {
  return new Promise((resolve) => {
    const stop = mesh.subscribe(channel, (message, from) => {
      stop();
      resolve({ message, from });
    });
  });
}

function lost(mesh: Mesh): Promise<string> {
  return new Promise((resolve) => {
    const stop = mesh.onLost((id) => {
      stop();
      resolve(id);
    });
  });
}
