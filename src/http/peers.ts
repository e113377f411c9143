/**
 * @module Nodes ask each other, by HTTP, for what each knows by itself. A request is signed with the secret that all
 * nodes share.
 */

import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "../ports/clock.ts";
import { type NodeId, nodeIdOf } from "../ports/membership.ts";
import type { Carryout } from "../tracker/carryout.ts";
import { type OwnShare, ownShareSchema, type PublicUnheard } from "../wire/operations.ts";

export const PEER_HEADER = "Carryout-Peer";
const VALUE = /^v1\.([0-9a-z]{1,9})\.([A-Za-z0-9_-]{43})$/;
/** Clocks of machines differ by less; what a signature opens is only read. */
const VALID_S = 300;
/** A frozen node must not hold up the page. */
const PATIENCE_MS = 1_500;
const LONGEST_ANSWER = 16_000_000;

export interface Answers {
  shares: { node: NodeId; share: OwnShare }[];
  unheard: PublicUnheard;
}

export interface Peers {
  /** Asks every other living node that has an address; `query` is that of `/cluster/own`. */
  ask(query: Record<string, string>): Promise<Answers>;
  /** True for a request that another node of this cluster signed within some minutes. */
  isPeer(header: string | undefined): boolean;
}

export interface PeersOptions {
  carryout: Pick<Carryout, "name" | "cluster">;
  /** The first one signs, and all are accepted. */
  secrets: readonly string[];
  clock: Clock;
  basePath: string;
  fetch?: typeof fetch;
}

/** The header is `v1.<time, seconds, base 36>.<HMAC-SHA-256 by the secret>`. */
export function createPeers(options: PeersOptions): Peers {
  const { carryout, secrets, clock, basePath } = options;
  const nowS = () => Math.floor(clock.now() / 1_000);
  const sign = (time: string, secret: string) =>
    createHmac("sha256", secret).update(`carryout peer v1.${time}`).digest();

  const askOne = async (url: string, query: Record<string, string>): Promise<OwnShare | null> => {
    const giveUp = new AbortController();
    const cancel = clock.after(PATIENCE_MS, () => giveUp.abort());
    const time = nowS().toString(36);
    const signature = sign(time, secrets[0] ?? "").toString("base64url");
    try {
      const target = new URL(`${basePath}/cluster/own`, url);
      for (const [name, value] of Object.entries(query)) target.searchParams.set(name, value);
      const response = await (options.fetch ?? fetch)(target, {
        headers: { [PEER_HEADER]: `v1.${time}.${signature}`, Accept: "application/json" },
        redirect: "error",
        signal: giveUp.signal,
      });
      if (!response.ok || Number(response.headers.get("content-length") ?? 0) > LONGEST_ANSWER) {
        await response.body?.cancel();
        return null;
      }
      return ownShareSchema.safeParse(await response.json()).data ?? null;
    } catch {
      return null; // reported as unheard: a node may die, freeze or be unreachable at any time
    } finally {
      cancel();
    }
  };

  return {
    async ask(query) {
      const answers: Answers = { shares: [], unheard: [] };
      const others = carryout.cluster().nodes.filter(({ name }) => name !== carryout.name);
      await Promise.all(
        others.map(async (node) => {
          const { name, url } = node;
          const share = url === null ? null : await askOne(url, query);
          if (share !== null) answers.shares.push({ node: nodeIdOf(node), share });
          else answers.unheard.push({ node: name, reason: url === null ? "no-address" : "no-answer" });
        }),
      );
      answers.unheard.sort((a, b) => (a.node < b.node ? -1 : 1));
      return answers;
    },

    isPeer(header) {
      const [, time, signature] = VALUE.exec(header ?? "") ?? [];
      if (time === undefined || signature === undefined) return false;
      if (Math.abs(Number.parseInt(time, 36) - nowS()) > VALID_S) return false;
      const given = Buffer.from(signature, "base64url");
      return secrets.some((secret) => secret !== "" && isSame(given, sign(time, secret)));
    },
  };
}

function isSame(given: Buffer, expected: Buffer): boolean {
  return given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
}
