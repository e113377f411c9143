import assert from "node:assert/strict";
import { it } from "node:test";
import { takeSecrets, withoutSecrets } from "./secrets.ts";

const GIVEN = {
  PATH: "/bin",
  DATABASE_URL: "postgres://app:word@db/orders",
  CARRYOUT_PORT: "4000",
  CARRYOUT_SECRET: "0123456789abcdef",
  CARRYOUT_OPERATOR_TOKEN: "operator-0123456789",
  CARRYOUT_NATS_PASSWORD: "word",
  CARRYOUT_POSTGRES_PASSWORD: "word",
  CARRYOUT_NATS_CREDS_FILE: "/run/secrets/creds",
  CARRYOUT_ENGINE: "nats://carryout:word@h1:4222,h2:4222",
  CARRYOUT_FILES: "disk:/files",
};
const KEPT = {
  PATH: "/bin",
  DATABASE_URL: "postgres://app:word@db/orders",
  CARRYOUT_PORT: "4000",
  CARRYOUT_FILES: "disk:/files",
};

it("leaves generators the application's variables, but none that give access to the cluster", () => {
  assert.deepEqual(withoutSecrets(GIVEN), KEPT);
});

it("takes secrets out of an environment once they are known", () => {
  const env: Record<string, string | undefined> = { ...GIVEN };
  assert.deepEqual(takeSecrets(env), GIVEN);
  assert.deepEqual(env, KEPT);
});
