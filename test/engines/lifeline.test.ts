import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, test } from "node:test";
import { systemClock as clock } from "../../src/clock/system.ts";
import { encodeHello } from "../../src/engines/lifeline/hello.ts";
import { Lifeline, type LifelineState } from "../../src/engines/lifeline/lifeline.ts";
import { type LifelineListener, listenForLifelines } from "../../src/engines/lifeline/listener.ts";
import { ASK, openPrivateStream, privateStreams } from "../../src/engines/lifeline/private-stream.ts";
import { silentLog as log } from "../../src/telemetry/log.ts";
import { eventually } from "../support/real-cluster.ts";

const HOST = "127.0.0.1";

describe("a lifeline", () => {
  const opened: { close(): unknown }[] = [];
  afterEach(() => {
    for (const each of opened.splice(0)) each.close();
  });

  const listen = async (incarnation: string, port = 0): Promise<LifelineListener> => {
    const listener = await listenForLifelines({ host: HOST, port, incarnation, log });
    opened.push(listener);
    return listener;
  };
  const watch = (incarnation: string, port: number, addresses = [HOST]) => {
    const states: LifelineState[] = [];
    const onChange = (state: LifelineState) => void states.push(state);
    const lifeline = new Lifeline({ incarnation, addresses, port, clock, onChange });
    opened.push(lifeline);
    const reached = (state: LifelineState) => eventually(state, async () => lifeline.state === state);
    return { lifeline, states, reached };
  };
  /** A proxy in front of the listener whose connections a test can break. */
  const proxy = async (port: number) => {
    const sockets = new Set<Socket>();
    let passed = "";
    const server: Server = createServer((near) => {
      const far = connect(port, HOST);
      near.pipe(far).pipe(near);
      near.on("data", (bytes) => {
        passed += bytes.toString("latin1");
      });
      for (const each of [near, far]) {
        sockets.add(each);
        each.on("error", () => each.destroy()).on("close", () => sockets.delete(each));
      }
    });
    server.listen(0, HOST);
    await once(server, "listening");
    const cut = () => {
      for (const socket of sockets) socket.destroy();
    };
    opened.push({ close: () => server.close(cut()!) });
    return { port: (server.address() as { port: number }).port, cut, passed: () => passed };
  };

  test("is up while the process listens, and reports when it no longer does", async () => {
    const listener = await listen("one");
    const { reached, states } = watch("one", listener.port);
    await reached("up");
    assert.equal(listener.connections, 1);
    listener.close();
    await reached("gone");
    assert.deepEqual(states, ["up", "connecting", "gone"]);
  });

  test("reconnects when only the network failed", async () => {
    const listener = await listen("one");
    const between = await proxy(listener.port);
    const { reached, states } = watch("one", between.port);
    await reached("up");
    between.cut();
    await eventually("up again", async () => states.length === 3);
    assert.deepEqual(states, ["up", "connecting", "up"]);
  });

  test("another incarnation on the same port means that the process is gone", async () => {
    const listener = await listen("one");
    const { reached } = watch("one", listener.port);
    await reached("up");
    const { port } = listener;
    listener.close();
    await listen("two", port);
    await reached("gone");
  });

  test("a process that was never reached is not reported gone, whatever answers there", async () => {
    const listener = await listen("another");
    const { port } = await listen("one");
    const here = watch("one", listener.port);
    const there = watch("one", port);
    await there.reached("up");
    const free = await listen("short");
    free.close();
    const nowhere = watch("one", free.port);
    await eventually("tried", async () => listener.connections === 0);
    assert.deepEqual([here.states, nowhere.states], [[], []]);
  });

  test("addresses are tried in turn, even invalid ones", async () => {
    const { port } = await listen("one");
    const { reached } = watch("one", port, ["\0 ", "127.0.0.2", HOST]);
    await reached("up");
  });

  test("clients that send data are disconnected, and idle ones do no harm", async () => {
    const listener = await listen("one");
    const silent = connect(listener.port, HOST);
    const scanner = connect(listener.port, HOST);
    for (const each of [silent, scanner]) opened.push({ close: () => each.destroy() });
    scanner.on("error", () => {}).resume();
    scanner.write("GET / HTTP/1.1\r\n\r\n");
    await once(scanner, "close");
    const { reached } = watch("one", listener.port);
    await reached("up");
    assert.equal(listener.connections, 2);
  });

  test("at the connection limit new clients are refused, and existing ones stay", async () => {
    const listener = await listen("one");
    const { reached, states } = watch("one", listener.port);
    await reached("up");
    const crowd = Array.from({ length: 300 }, () => connect(listener.port, HOST));
    for (const each of crowd) opened.push({ close: () => each.destroy() });
    const turnedAway = crowd.map(
      (each) => new Promise((resolve) => each.on("error", resolve).on("close", resolve)),
    );
    for (const each of crowd) each.resume();
    await Promise.race(turnedAway);
    await eventually("full", async () => listener.connections === 256);
    assert.deepEqual(states, ["up"]);
  });

  test("a listener that keeps sending data is not recognised", async () => {
    const accepted: Socket[] = [];
    const server = createServer((socket) => {
      accepted.push(socket.on("error", () => {}));
      socket.write(encodeHello("one"));
    }).listen(0, HOST);
    opened.push(server);
    await once(server, "listening");
    const { states, reached } = watch("one", (server.address() as { port: number }).port);
    await reached("up");
    accepted[0]!.write("more");
    await eventually("broken", async () => states.includes("connecting"));
  });

  test("notes reach those who watch, and the last one those who come later", async () => {
    const listener = await listen("one");
    const notes: string[][] = [[], []];
    const noting = (index: number) => {
      const lifeline = new Lifeline({
        incarnation: "one",
        addresses: [HOST],
        port: listener.port,
        clock,
        onChange: () => {},
        onNote: (note) => notes[index]!.push(note),
      });
      opened.push(lifeline);
      return eventually("up", async () => lifeline.state === "up");
    };
    await noting(0);
    listener.tell("first");
    listener.tell("second");
    await noting(1);
    await eventually("told", async () => notes[0]!.length === 2 && notes[1]!.length === 1);
    assert.deepEqual(notes, [["first", "second"], ["second"]]);
    const { states, reached } = watch("one", listener.port);
    await reached("connecting");
    await eventually("left alone", async () => states.includes("up") && states.includes("connecting"));
  });

  describe("asked for a private stream", () => {
    const KEY = "a key that is hard to guess";
    const host = async (onStream: (stream: Socket) => void) => {
      const listener = await listenForLifelines({
        host: HOST,
        incarnation: "one",
        onAsk: privateStreams(KEY, onStream),
        log,
      });
      opened.push(listener);
      listener.tell("a note");
      return listener.port;
    };
    const open = async (port: number, change: { key?: string; incarnation?: string } = {}) => {
      const target = { addresses: ["\0", HOST], port, incarnation: "one", key: KEY, ...change };
      const stream = await openPrivateStream(target, clock);
      opened.push({ close: () => stream.destroy() });
      return stream;
    };

    test("joins two processes that know the key, and nobody between them sees what is said", async () => {
      const port = await host((stream) => void stream.pipe(stream));
      const between = await proxy(port);
      const stream = await open(between.port);
      stream.write("a secret");
      const [echo] = await once(stream, "data");
      assert.equal(String(echo), "a secret");
      assert.ok(between.passed().includes(ASK));
      assert.ok(!between.passed().includes("a secret"));
    });

    test("refuses whoever does not know the key, and is not taken in by another process", async () => {
      const accepted: Socket[] = [];
      const port = await host((stream) => accepted.push(stream));
      await assert.rejects(open(port, { key: "a key that was guessed" }));
      await assert.rejects(open(port, { incarnation: "two" }), { message: "another process" });
      await assert.rejects(open((await listen("one")).port), { message: /without an answer|ECONNRESET/ });
      const stranger = connect(port, HOST);
      opened.push({ close: () => stranger.destroy() });
      stranger.on("error", () => {}).resume();
      stranger.write(ASK);
      stranger.write("not TLS");
      await once(stranger, "close");
      assert.equal(accepted.length, 0);
      await open(port);
      await eventually("accepted", async () => accepted.length === 1);
    });
  });

  test("the port is open on all interfaces, with or without IPv6", async () => {
    const listener = await listenForLifelines({ host: "::", incarnation: "one", log });
    opened.push(listener);
    await watch("one", listener.port).reached("up");
  });

  test("a port in use is reported", async () => {
    const { port } = await listen("one");
    await assert.rejects(listen("two", port), { code: "EADDRINUSE" });
  });
});
