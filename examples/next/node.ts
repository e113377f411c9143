import { userOf } from "./session.ts";

type Generators = typeof import("../embed/generators.ts");

const open = async () => {
  // Not bundled: the node starts processes from files beside its own.
  const { openNode } = await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ "carryout");
  return openNode<Generators>({
    engine: "sqlite:.carryout",
    basePath: "/exports",
    generators: "../embed/generators.ts",
    identify: (request) => userOf(request.headers),
  });
};

/** Opened once per process: not while Next builds, and not again when it reloads this module. */
const kept = globalThis as { carryout?: ReturnType<typeof open> };

export function node() {
  kept.carryout ??= open();
  return kept.carryout;
}
