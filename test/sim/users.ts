/** @module The actions of users: request, request twice, cancel, watch, fetch the file. */

import { isExpired } from "../../src/download/transitions.ts";
import { CarryoutError, messageOf } from "../../src/errors.ts";
import type { Carryout } from "../../src/tracker/carryout.ts";
import type { Chance } from "./chance.ts";
import { type FileParams, KINDS } from "./generators.ts";
import { short } from "./history.ts";
import type { SimNode } from "./node.ts";
import type { World } from "./world.ts";

/** The possible errors of a request while faults are active. */
const EXPECTED = new Set(["unavailable", "record-too-new", "closed", "download-in-progress", "missing-part"]);

export interface Wish {
  user: string;
  slot: string;
  kind: string;
  params: FileParams;
}

/** A new request, from a small set, so that requests collide. */
export function drawWish(world: World, chance: Chance): Wish {
  const isLarge = chance.is(0.02);
  return {
    user: chance.pick(world.users),
    slot: chance.pick(["default", "default", "more"]),
    kind: chance.pick(KINDS),
    params: {
      rows: isLarge ? 3 : chance.pick([0, 1, 3, 10, 40]),
      width: isLarge ? 200_000 : chance.pick([20, 64, 65, 300]),
      every: chance.pick([0, 1, 2, 5]),
      mark: chance.pick(["x", "y"]),
    },
  };
}

/** A request, repeated when no answer arrives. */
export interface Request {
  wish: Wish;
  key: string;
}

export function ask(world: World, node: SimNode, wish: Wish, key = `key-${world.requests.length}`): void {
  const { user, slot, kind, params } = wish;
  world.requests.push({ wish, key });
  const what = `${user} asks for ${kind} ${JSON.stringify(params)} in ${slot}, ${key}`;
  world.history.add(node.name, what);
  node.request((carryout) =>
    attempt(
      world,
      node,
      `${user}'s request`,
      (code) => code === "unknown-kind" && !isMadeBeside(world, node, kind),
      async () => {
        const { status, joined } = await carryout.start({ ...wish, idempotencyKey: key });
        const { id } = status.download;
        world.accepted.add(id);
        world.history.add(node.name, `${user} is told that ${short(id)} is ${joined ? "joined" : "created"}`);
        world.happened({ type: "accepted", id, wish, joined });
      },
    ),
  );
}

/** True when this node makes this kind, or sees one that does. */
function isMadeBeside({ membership }: World, { kinds, machine }: SimNode, kind: string): boolean {
  const members = membership.viewOf(machine)?.members() ?? [];
  return kinds.has(kind) || members.some((member) => !member.draining && member.kinds?.includes(kind));
}

const never = () => false;

export function cancel(world: World, node: SimNode, user: string, id: string): void {
  world.history.add(node.name, `${user} removes ${short(id)}`);
  world.removalAsked.add(id);
  node.request((carryout) =>
    attempt(world, node, `${user}'s removal`, never, async () => {
      const download = world.records.lastOf(id);
      const wasTroubled = isTroubled(world, node);
      const wasRemoved = await carryout.remove(user, id);
      world.history.add(
        node.name,
        `${user} is told that ${short(id)} ${wasRemoved ? "is removed" : "is not there"}`,
      );
      const fileTrouble = wasTroubled || isTroubled(world, node);
      if (wasRemoved) world.happened({ type: "removal confirmed", id, download, fileTrouble });
    }),
  );
}

/** True while this node may be unable to remove parts. */
function isTroubled({ sky }: World, { machine }: SimNode): boolean {
  return sky.weather.fileRefused + sky.weather.fileLost > 0 || machine.wasCutOff;
}

/** Reads at once, or at the speed of a slow connection. */
export function readFile(world: World, node: SimNode, user: string, id: string, pauseMs = 0): void {
  node.request((carryout) =>
    attempt(world, node, `${user}'s reading`, never, () => read(world, node, carryout, user, id, pauseMs)),
  );
}

export function readSlowly(world: World, chance: Chance, node: SimNode, user: string, id: string): void {
  readFile(world, node, user, id, chance.pick([50, 500, 2_000]));
}

async function read(
  world: World,
  node: SimNode,
  carryout: Carryout,
  user: string,
  id: string,
  pauseMs: number,
): Promise<void> {
  const status = await carryout.fetch(user, id);
  if (!status?.download.file) return;
  const { clock } = node.machine;
  const beganAt = clock.monotonic();
  const wasOffered = !isExpired(status.download, clock.now());
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of carryout.read(status.download.file)) {
      chunks.push(chunk);
      if (pauseMs > 0) await clock.sleep(pauseMs);
    }
  } catch (error) {
    const afterMs = clock.monotonic() - beganAt;
    if (codeOf(error) === "missing-part")
      world.happened({ type: "reading cut", id, by: node.machine, afterMs, wasOffered });
    throw error;
  }
  const bytes = Buffer.concat(chunks);
  world.history.add(node.name, `${user} reads ${bytes.length} bytes of ${short(id)}`);
  world.happened({ type: "bytes read", id, by: node.machine, bytes });
}

function codeOf(error: unknown): string | null {
  return error instanceof CarryoutError ? error.code : null;
}

async function attempt(
  world: World,
  node: SimNode,
  what: string,
  isExpected: (code: string | null) => boolean,
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    world.history.add(node.name, `${what} failed: ${messageOf(error)}`);
    const code = codeOf(error);
    if (EXPECTED.has(code ?? "") || isExpected(code)) return;
    world.unexpected(node.name, what, error);
  }
}
