/** @module The environment variables reserved for the node: generators, and programs they start, don't get them. */

import { NATS_VARIABLES } from "../engines/nats/jetstream/variables.ts";
import { POSTGRES_VARIABLES } from "../engines/postgres/variables.ts";
import { SETTINGS, settingNames } from "./settings.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The variables of secret settings, of the logins to NATS and PostgreSQL, and those that may hold a URL with a login. */
export function secretVariables(env: Environment): string[] {
  const always = new Set<string>([
    ...NATS_VARIABLES,
    ...POSTGRES_VARIABLES,
    ...settingNames().flatMap((name) => ("secret" in SETTINGS[name] ? [...SETTINGS[name].environment] : [])),
  ]);
  return Object.keys(env).filter(
    (name) => always.has(name) || (name.startsWith("CARRYOUT_") && HAS_LOGIN.test(env[name] ?? "")),
  );
}

export function withoutSecrets(env: Environment): Record<string, string | undefined> {
  const secret = new Set(secretVariables(env));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secret.has(name)));
}

/** Removes them from an environment, and returns a copy that still has them. */
export function takeSecrets(env: Record<string, string | undefined>): Environment {
  const whole = { ...env };
  for (const name of secretVariables(env)) delete env[name];
  return whole;
}

const HAS_LOGIN = /\/\/[^\s/"]*@/;
