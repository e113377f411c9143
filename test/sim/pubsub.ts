/** @module PubSub that loses, doubles and reorders. */

import type { Json } from "../../src/download/json.ts";
import type { PubSub } from "../../src/pubsub/pubsub.ts";
import type { Chance } from "./chance.ts";
import type { Machine } from "./machine.ts";
import type { World } from "./world.ts";

type Handler = (message: Json) => void;

/** Every node's, by topic. */
export class PubSubHub {
  readonly #world: World;
  readonly #chance: Chance;
  readonly #subscriptions = new Set<{ machine: Machine; topic: string; handler: Handler }>();

  constructor(world: World, chance: Chance) {
    this.#world = world;
    this.#chance = chance;
  }

  open(machine: Machine): PubSub {
    const own = new Set<{ machine: Machine; topic: string; handler: Handler }>();
    return {
      broadcast: (topic, message) => this.#broadcast(machine, topic, JSON.stringify(message)),
      subscribe: (topic, handler) => {
        const subscription = { machine, topic, handler };
        this.#subscriptions.add(subscription);
        own.add(subscription);
        return () => {
          this.#subscriptions.delete(subscription);
          own.delete(subscription);
        };
      },
      close: async () => {
        for (const subscription of own) this.#subscriptions.delete(subscription);
      },
    };
  }

  #broadcast(from: Machine, topic: string, text: string): void {
    const { clock, sky } = this.#world;
    for (const subscription of this.#subscriptions) {
      if (subscription.topic !== topic) continue;
      const times = this.#chance.is(sky.weather.messageTwice) ? 2 : 1;
      for (let time = 0; time < times; time++) {
        if (this.#chance.is(sky.weather.messageLost)) continue;
        const { machine, handler } = subscription;
        clock.after(sky.latency(this.#chance), () => {
          if (from.isCutOff || machine.isCutOff || !this.#subscriptions.has(subscription)) return;
          machine.gate.enter(() => handler(JSON.parse(text) as Json));
        });
      }
    }
  }
}
