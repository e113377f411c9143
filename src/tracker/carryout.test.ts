import { UserError } from "../errors.ts";
import { defineGenerator } from "../generator/generator.ts";
import { FAKE_NOW, FakeCarryout } from "../http/fake-carryout.testing.ts";
import { carryoutContract } from "./carryout-contract.testing.ts";
import { memoryCluster, until } from "./memory-cluster.testing.ts";

const BYTES = "0123456789";

carryoutContract("a node", async () => {
  const gates = new Map<string, PromiseWithResolvers<void>>();
  const gateOf = (key: string) => {
    const gate = gates.get(key) ?? Promise.withResolvers<void>();
    gates.set(key, gate);
    return gate;
  };
  const generators = ["fake", "cities.csv"].map((kind) =>
    defineGenerator({
      kind,
      isolation: "inline",
      params: {
        "~standard": {
          version: 1,
          vendor: "test",
          validate: (value: unknown) =>
            (value as { country?: string } | undefined)?.country === "nowhere"
              ? { issues: [{ message: "expected two letters", path: ["country"] }] }
              : { value },
        },
      },
      file: () => ({ name: "a.txt", type: "text/plain" }),
      async run({ params, write }) {
        await gateOf(JSON.stringify(params)).promise;
        await write(BYTES);
      },
    }),
  );
  const cluster = memoryCluster(generators);
  const carryout = await cluster.node("n1");
  return {
    carryout,
    async finish({ download }) {
      gateOf(JSON.stringify(download.params)).resolve();
      await until(carryout, download.user, (status) => status.download.state === "ready");
    },
    async fail({ download }) {
      const key = JSON.stringify(download.params);
      gateOf(key).reject(new UserError("no luck"));
      await until(carryout, download.user, (status) => status.download.state === "error");
      gates.delete(key);
    },
    close: () => cluster.close(),
  };
});

carryoutContract("the fake of HTTP tests", async () => {
  const carryout = new FakeCarryout();
  return {
    carryout,
    async finish({ download }) {
      const { id, user, slot, kind, params, requestKey } = download;
      carryout.putFile(user, "a.txt", Buffer.from(BYTES), { id, slot, kind, params, requestKey });
    },
    async fail({ download }) {
      const error = { code: "generation-failed", message: "no luck", retriable: false };
      carryout.put({ ...download, state: "error", node: null, error, finishedAt: FAKE_NOW });
    },
    close: () => carryout.close(),
  };
});
