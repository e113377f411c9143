/** Starts itself as two more processes: with an argument it is one of those, without one it is the test. */

import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../src/clock/system.ts";
import { keyOf } from "../../src/download/key.ts";
import { openNatsLink } from "../../src/engines/nats/jetstream/connection.ts";
import { type Layout, recordStream } from "../../src/engines/nats/jetstream/layout.ts";
import { type NatsRepo, openNatsRepo } from "../../src/engines/nats/records/nats-repo.ts";
import { sampleDownload } from "../../src/ports/contracts/sample-downloads.ts";
import type { Version } from "../../src/ports/repo.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import { NatsRepos } from "../support/nats-repos.ts";
import { NatsServers } from "../support/nats-servers.ts";
import { eventually } from "../support/real-cluster.ts";

const ROUNDS = 10_000;
/** Records that are raced for at the same time. */
const KEYS = 64;
/** The leader is killed when this many rounds have begun, and restarted a second later. */
const KILLS = [2_500, 6_000];
const DOWN_MS = 1_000;

/** Both racers get the same request at the same time. */
interface Race {
  round: number;
  user: string;
  expected: Version;
}

interface Outcome {
  round: number;
  /** Version of the acknowledged write; null when it was refused, "unavailable" when the outcome is unknown. */
  version: Version | null | "unavailable";
}

const [side, place] = process.argv.slice(2);
if (side !== undefined && place !== undefined) await race(side, JSON.parse(place));
else registerTest();

async function race(side: string, { servers, layout }: { servers: string[]; layout: Layout }): Promise<void> {
  const link = await openNatsLink({
    connection: { servers },
    name: side,
    clock: systemClock,
    log: silentLog,
  });
  const repo = await openNatsRepo({ link, layout, clock: systemClock, log: silentLog });
  process.on("message", async ({ round, user, expected }: Race) => {
    const download = sampleDownload(user, { id: markOf(round, side) });
    const version = await repo.slots.update(download, expected).catch((error) => {
      if (error.code !== "unavailable") throw error;
      return "unavailable" as const;
    });
    process.send!({ round, version } satisfies Outcome);
  });
  process.on("disconnect", () => process.exit());
  process.send!("ready");
}

function markOf(round: number, side: string): string {
  return `round-${round}-${side}`;
}

/** A racing process, as the test sees it. */
class Racer {
  readonly side: string;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (outcome: Outcome) => void>();

  private constructor(side: string, child: ChildProcess) {
    this.side = side;
    this.#child = child;
    child.on("message", (outcome: Outcome) => {
      this.#waiting.get(outcome.round)?.(outcome);
      this.#waiting.delete(outcome.round);
    });
  }

  static async start(side: string, servers: string[], layout: Layout): Promise<Racer> {
    const parameters = [side, JSON.stringify({ servers, layout })];
    const child = fork(fileURLToPath(import.meta.url), parameters, { execArgv: [] });
    await once(child, "message");
    return new Racer(side, child);
  }

  run(race: Race): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#waiting.set(race.round, resolve);
      this.#child.send(race);
    });
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.disconnect();
    await exited;
  }
}

function registerTest(): void {
  describe("two processes race for the same versions on three nats-servers", () => {
    let servers: NatsServers;

    before(async () => {
      servers = await NatsServers.start({ count: 3 });
    });
    after(() => servers.stop());

    test(`${ROUNDS} rounds while the leader dies twice: never two winners, and each winner's value is current`, async (t) => {
      const repos = await NatsRepos.make(servers, { recordStreams: 1 });
      const repo = await repos.open();
      const sides = ["left", "right"];
      const racers = await Promise.all(
        sides.map((each) => Racer.start(each, servers.addresses, repos.layout)),
      );
      const tally = { rounds: 0, left: 0, right: 0, nobody: 0, unavailable: 0, kills: 0 };
      const kills: Promise<void>[] = [];
      const begin = () => {
        if (tally.rounds === KILLS[kills.length]) kills.push(killLeader(servers, repos));
        tally.rounds += 1;
        return tally.rounds;
      };
      const raceFor = async (user: string) => {
        let expected = (await repo.slots.insert(sampleDownload(user)))!;
        while (tally.rounds < ROUNDS) {
          const round = begin();
          const outcomes = await Promise.all(racers.map((racer) => racer.run({ round, user, expected })));
          expected = await judge(repo, { round, user, expected }, outcomes);
          const winner = outcomes.findIndex(({ version }) => typeof version === "number");
          tally[winner < 0 ? "nobody" : (sides[winner] as "left" | "right")] += 1;
          tally.unavailable += outcomes.filter(({ version }) => version === "unavailable").length;
        }
      };
      await Promise.all(Array.from({ length: KEYS }, (_, index) => raceFor(`racer-${index}`)));
      await Promise.all(kills);
      tally.kills = kills.length;
      t.diagnostic(JSON.stringify(tally));
      assert.equal(tally.kills, KILLS.length);
      assert.ok(tally.left > 0 && tally.right > 0, "one side never won: that was no race");
      await Promise.all(racers.map((racer) => racer.stop()));
      await repos.dispose();
    });
  });
}

/** Compares the outcomes with what is stored; returns the version to race for next. */
async function judge(repo: NatsRepo, { round, user, expected }: Race, outcomes: Outcome[]): Promise<Version> {
  const won = outcomes.filter(({ version }) => typeof version === "number");
  assert.ok(won.length <= 1, `round ${round} has two winners`);
  // Reading may have to wait for an election as well.
  const stored = await eventually(`the record of ${user}`, () =>
    repo.slots.fetch(keyOf(sampleDownload(user))),
  );
  if (won.length === 1) {
    const side = outcomes[0] === won[0] ? "left" : "right";
    assert.deepEqual(
      { id: stored.download.id, version: stored.version },
      { id: markOf(round, side), version: won[0]!.version },
      "an acknowledged write is not what is stored",
    );
  } else {
    const unknown = outcomes.some(({ version }) => version === "unavailable");
    assert.ok(unknown, `round ${round}: both were refused, though nobody else writes`);
  }
  assert.ok(stored.version >= expected);
  return stored.version;
}

async function killLeader(servers: NatsServers, repos: NatsRepos): Promise<void> {
  const manager = await (await repos.link()).manager();
  const name = await eventually("a leader", async () => {
    const { cluster } = await manager.streams.info(recordStream(repos.layout.name, 0));
    return cluster?.leader ?? null;
  });
  const index = servers.names.indexOf(name);
  await servers.kill(index);
  await systemClock.sleep(DOWN_MS);
  servers.launch(index);
}
