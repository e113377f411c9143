import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { slotKey } from "../download/key.ts";
import { request } from "../download/transitions.ts";
import { Shares } from "./shares.ts";
import { UnderWay } from "./under-way.ts";

const key = slotKey("ann", "default");
const share = { key, network: null };
const download = request({ user: "ann", slot: "default", kind: "csv", params: {} }, 1, "id");
const put = (version: number) => ({ type: "put", key, version, download }) as const;

function setUp() {
  const underWay = new UnderWay(new Shares());
  const counted = () => underWay.shares.turns({ key: slotKey("ann", "another"), network: null });
  return { underWay, counted };
}

describe("a request under way", () => {
  it("counts until it is written and the watch has delivered it, in either order", () => {
    const { underWay, counted } = setUp();
    const late = underWay.enter(share);
    late(7);
    assert.equal(counted(), 1);
    underWay.apply(put(6));
    assert.equal(counted(), 1);
    underWay.apply(put(7));
    assert.equal(counted(), 0);

    const early = underWay.enter(share);
    underWay.apply(put(9));
    assert.equal(counted(), 1);
    early(8);
    assert.equal(counted(), 0);
  });

  it("stops counting if nothing was written, or when the watch restarts after the write", () => {
    const { underWay, counted } = setUp();
    underWay.enter(share)(null);
    assert.equal(counted(), 0);
    underWay.enter(share)(7);
    const writing = underWay.enter(share);
    underWay.apply({ type: "begin" });
    underWay.apply({ type: "synced" });
    assert.equal(counted(), 1);
    writing(null);
    assert.equal(counted(), 0);
  });
});
