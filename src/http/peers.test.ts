import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { manualClock, testApp } from "./app.testing.ts";
import { createPeers, PEER_HEADER } from "./peers.ts";

const token = "t0ken-of-the-operators";
const here = { Authorization: `Bearer ${token}` };
const secret = "s3cret";

function line(message: string, at: number, fields: Record<string, string> = {}) {
  return { at, level: "info" as const, message, fields };
}

/** An app, and peers that reach it as the node "n2" at an address of its own. */
function cluster() {
  const clock = manualClock();
  const recentLines = () => [line("of n2", 5), line("about d1", 7, { download: "d1" })];
  const { app, carryout } = testApp({
    operatorToken: token,
    secret,
    clock,
    recentLines,
    basePath: "/exports",
  });
  const seen: Request[] = [];
  const fetching = (async (input: URL, init: RequestInit) => {
    const request = new Request(input, init);
    seen.push(request);
    return app.fetch(request);
  }) as typeof fetch;
  const view = { ...carryout.view, nodes: [{ ...carryout.view.nodes[1]!, url: "http://10.0.0.2:4000" }] };
  const asking = { name: "n1", cluster: () => view };
  const peers = (secrets = [secret]) =>
    createPeers({ carryout: asking, secrets, clock, basePath: "/exports", fetch: fetching });
  return { peers, seen, view, clock, app, carryout };
}

describe("nodes that ask each other", () => {
  test("prove by their shared secret that they are nodes, and get what the other knows", async () => {
    const { peers, seen } = cluster();
    const { shares, unheard } = await peers().ask({ part: "log", limit: "10" });
    assert.deepEqual(unheard, []);
    assert.equal(shares[0]?.node, "n2/1");
    assert.deepEqual(
      shares[0]?.share.lines?.map(({ message, node }) => [message, node]),
      [
        ["of n2", "n1"],
        ["about d1", "n1"],
      ],
    );
    assert.equal(seen[0]?.url, "http://10.0.0.2:4000/exports/cluster/own?part=log&limit=10");
    assert.equal(seen[0]?.headers.get("authorization"), null);
  });

  test("get nothing with another secret, and the node is unheard", async () => {
    const { peers } = cluster();
    const { shares, unheard } = await peers(["another"]).ask({ part: "log" });
    assert.deepEqual([shares, unheard], [[], [{ node: "n2", reason: "no-answer" }]]);
  });

  test("name a node without an address", async () => {
    const { peers, view, seen } = cluster();
    view.nodes = [{ ...view.nodes[0]!, url: null as unknown as string }];
    assert.deepEqual((await peers().ask({ part: "plots" })).unheard, [{ node: "n2", reason: "no-address" }]);
    assert.equal(seen.length, 0);
  });

  test("a signature is valid for some minutes, and only for what nodes ask each other", async () => {
    const { peers, seen, clock, app } = cluster();
    await peers().ask({ part: "plots" });
    const signed = { [PEER_HEADER]: seen[0]?.headers.get(PEER_HEADER) ?? "" };
    const statusOf = async (path: string, headers: Record<string, string>) =>
      (await app.request(`/exports/cluster/${path}`, { headers })).status;
    assert.equal(await statusOf("own?part=plots", signed), 200);
    assert.equal(await statusOf("own?part=plots", {}), 403);
    assert.equal(await statusOf("own?part=plots", here), 200);
    assert.equal(await statusOf("own?part=nothing", here), 422);
    for (const path of ["nodes", "downloads", "log", "plots"])
      assert.equal(await statusOf(path, signed), 403, path);
    clock.advance(301_000);
    assert.equal(await statusOf("own?part=plots", signed), 403);
  });

  test("accept the secret before the last as well", async () => {
    const { clock, carryout } = cluster();
    const options = { carryout, clock, basePath: "" };
    const headers: (string | null)[] = [];
    const fetching = (async (_url: URL, init: RequestInit) => {
      headers.push(new Headers(init.headers).get(PEER_HEADER));
      return Response.json({});
    }) as typeof fetch;
    const view = { ...carryout.view, nodes: [{ ...carryout.view.nodes[1]!, url: "http://10.0.0.2" }] };
    const older = createPeers({
      ...options,
      carryout: { name: "n1", cluster: () => view },
      secrets: ["old"],
      fetch: fetching,
    });
    await older.ask({ part: "plots" });
    const newer = createPeers({ ...options, secrets: ["new", "old"] });
    assert.equal(newer.isPeer(headers[0] ?? ""), true);
    assert.equal(createPeers({ ...options, secrets: ["new"] }).isPeer(headers[0] ?? ""), false);
    for (const header of [undefined, "", "v1.", "v1.0.x", `${headers[0]}x`])
      assert.equal(newer.isPeer(header), false);
  });
});

describe("GET /cluster/log", () => {
  test("the newest first, as many as asked for, of one download if asked", async () => {
    const recentLines = () => [line("a", 1), line("b", 2, { download: "d1" }), line("c", 3)];
    const { app, carryout } = testApp({ operatorToken: token, recentLines });
    const get = async (query: string) => {
      const { lines, unheard } = await (await app.request(`/cluster/log?${query}`, { headers: here })).json();
      return { messages: lines.map(({ message }: { message: string }) => message), unheard };
    };
    assert.deepEqual(await get("limit=2"), {
      messages: ["c", "b"],
      unheard: [{ node: "n2", reason: "no-address" }],
    });
    carryout.view.nodes = [];
    assert.deepEqual(await get("download=d1"), { messages: ["b"], unheard: [] });
    assert.equal((await app.request("/cluster/log?limit=-1", { headers: here })).status, 422);
  });
});
