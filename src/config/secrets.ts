/** @module The environment variables that are for the node alone: generators, and what they start, get none of them. */

import { NATS_VARIABLES } from "../engines/nats/jetstream/variables.ts";
import { SETTINGS, settingNames } from "./settings.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Those of secret settings, those that log in to NATS, and ours that hold a URL with a login. */
export function secretVariables(env: Environment): string[] {
  const always = new Set<string>([
    ...NATS_VARIABLES,
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

/** Takes them out of an environment, and gives a copy in which they still are. */
export function takeSecrets(env: Record<string, string | undefined>): Environment {
  const whole = { ...env };
  for (const name of secretVariables(env)) delete env[name];
  return whole;
}

const HAS_LOGIN = /\/\/[^\s/"]*@/;
