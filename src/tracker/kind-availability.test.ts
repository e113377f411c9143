import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testMember } from "../ports/contracts/membership-contract.ts";
import type { Member, Membership } from "../ports/membership.ts";
import { KindAvailability } from "./kind-availability.ts";

function setUp() {
  let members: Member[] = [];
  let ranMs = 0;
  const membership = { members: () => members } as Membership;
  const kindAvailability = new KindAvailability(membership, () => ({ at: 0, ranMs }));
  /** Sets the members. */
  const see = (at: number, ...now: Member[]) => {
    ranMs = at;
    members = now;
    kindAvailability.refresh();
  };
  return { kindAvailability, see };
}

const OLD = testMember("old", { kinds: ["csv"] });
const NEW = testMember("new", { kinds: ["csv", "pdf"] });

describe("kind availability", () => {
  it("lists what living nodes can make", () => {
    const { kindAvailability, see } = setUp();
    see(1, OLD);
    assert.equal(kindAvailability.isMade("pdf"), false);
    see(2, OLD, NEW);
    assert.equal(kindAvailability.isMade("pdf"), true);
    assert.equal(kindAvailability.noneSince("pdf"), null);
  });

  it("knows since when no node makes a kind, whether none ever did or none does any more", () => {
    const { kindAvailability, see } = setUp();
    see(5, OLD, NEW);
    assert.equal(kindAvailability.noneSince("xml")?.ranMs, 0);
    see(7, OLD);
    assert.equal(kindAvailability.noneSince("pdf")?.ranMs, 7);
    see(9, OLD, NEW);
    see(11, OLD, { ...NEW, draining: true });
    assert.equal(kindAvailability.noneSince("pdf")?.ranMs, 11);
  });

  it("assumes that a node that announces no kinds may make any", () => {
    const { kindAvailability, see } = setUp();
    see(3, testMember("ancient", { kinds: null }));
    assert.equal(kindAvailability.noneSince("pdf"), null);
    assert.equal(kindAvailability.isMade("pdf"), false);
    see(4, OLD);
    assert.equal(kindAvailability.noneSince("pdf")?.ranMs, 4);
  });
});
