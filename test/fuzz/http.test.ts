import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Chance } from "../sim/chance.ts";
import { linesText } from "../support/cluster-generators.ts";
import { asOperator } from "../support/operator.ts";
import { eventually, RealCluster } from "../support/real-cluster.ts";
import { type PublicDownload, Visitor } from "../support/visitor.ts";
import { type RawRequest, sendRaw } from "./raw-http.ts";
import { drawRequest, type Known, type KnownUser } from "./requests.ts";
import { faultOf, type Secrets } from "./verdict.ts";

const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 3_000);
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const AT_ONCE = 16;
const MARKER = "Zm9yYmlkZGVu-planted-secret";
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const isReady = ({ state }: PublicDownload) => state === "ready";

const OWN_SLOTS = ["kept", "kept-too"];
/** The fuzzer gradually dismisses its own files: it gets new ones after this many requests. */
const BATCH = 200;

/** A finished download in each of the slots. */
async function filesOf(visitor: Visitor, base: string, slots: readonly string[], seed: string) {
  const downloads: PublicDownload[] = [];
  for (const slot of slots) {
    const { id } = await visitor.started(base, "lines", { lines: 20, pace: 0, seed }, slot);
    downloads.push(await visitor.until(() => [base], id, isReady));
  }
  return downloads;
}

function userOf({ cookie }: Visitor, downloads: readonly PublicDownload[]): KnownUser {
  return {
    cookie: cookie as string,
    ids: downloads.map(({ id }) => id),
    etags: downloads.map(({ file }) => `"sha256-${file?.sha256}"`),
  };
}

describe(`whatever is sent to a node (FUZZ_SEED=${SEED})`, () => {
  let cluster: RealCluster;
  let known: Known;
  let secrets: Secrets;
  let base: string;
  const victim = new Visitor();
  let victims: PublicDownload[];
  const own = [new Visitor(), new Visitor()];

  before(async () => {
    cluster = await RealCluster.start({ nodes: 1 });
    base = cluster.ownUrls[0] as string;
    for (const visitor of [victim, ...own]) await visitor.list(base);
    victims = await filesOf(victim, base, ["default", `${MARKER}-slot`], MARKER);
    known = { port: Number(new URL(base).port), own: [], foreign: userOf(victim, victims) };
    secrets = {
      always: [MARKER],
      unlessSent: [
        ...victims.flatMap(({ id, file }) => [id, file?.sha256 as string]),
        known.foreign.cookie.split(".")[1] as string,
      ],
      folders: [ROOT, cluster.dir],
    };
  });
  after(() => cluster.stop());

  /** Creates files to fetch and ids to use. */
  async function replenish(): Promise<void> {
    known.own = await Promise.all(
      own.map(async (visitor) => userOf(visitor, await filesOf(visitor, base, OWN_SLOTS, "own"))),
    );
  }

  it("gets proper answers that reveal nothing of other users", async (test) => {
    const chance = new Chance(SEED);
    const [node] = await cluster.nodes(base);
    const faults: string[] = [];
    const statuses = new Map<string, number>();
    const fuzz = async (request: RawRequest, index: number) => {
      const outcome = await sendRaw(known.port, request);
      const status = typeof outcome === "string" ? outcome : String(outcome.status);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const fault = faultOf(outcome, request.bytes, secrets);
      if (fault) faults.push(`request ${index} ${fault}\n${shown(request.bytes)}`);
    };
    for (let done = 0; done < REQUESTS; done += BATCH) {
      await replenish();
      const requests = Array.from({ length: BATCH }, () => drawRequest(chance, known));
      const workers = Array.from({ length: AT_ONCE }, async (_, worker) => {
        for (let i = worker; i < BATCH; i += AT_ONCE) await fuzz(requests[i] as RawRequest, done + i);
      });
      await Promise.all(workers);
    }

    const counts = [...statuses].sort(([a], [b]) => a.localeCompare(b));
    test.diagnostic(counts.map(([status, count]) => `${status}: ${count}`).join(", "));
    assert.deepEqual(faults.slice(0, 10), [], `again: FUZZ_SEED=${SEED} node --test test/fuzz/http.test.ts`);
    const [still] = await cluster.nodes(base);
    assert.deepEqual(
      [still?.pid, still?.incarnation],
      [node?.pid, node?.incarnation],
      "the node is the same",
    );
    // Each is followed by its stack, which the log indents.
    const errors = cluster.output.match(/^n1 .* (ERROR|FATAL) .*(\n .*)*/gm) ?? [];
    assert.deepEqual(errors.slice(0, 5), [], "nothing went wrong inside");
  });

  it("has changed nothing of another user's", async () => {
    const listed = await victim.list(base);
    assert.deepEqual(
      listed.sort((a, b) => a.id.localeCompare(b.id)),
      victims.sort((a, b) => a.id.localeCompare(b.id)),
    );
    for (const download of victims) {
      assert.equal((await victim.fetchFile(base, download)).text, linesText(MARKER, 20));
    }
  });

  it("has left no stream open", async () => {
    await eventually("no stream is open", async () =>
      /^carryout_event_streams 0$/m.test(
        await (await fetch(`${base}/metrics`, { headers: asOperator })).text(),
      ),
    );
  });
});

function shown(bytes: Buffer): string {
  const text = bytes.toString("latin1");
  return JSON.stringify(text.length > 1_500 ? `${text.slice(0, 1_500)}… (${text.length} bytes)` : text);
}
