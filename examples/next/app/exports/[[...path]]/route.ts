import { openNode } from "carryout";

const open = () =>
  openNode({ engine: "sqlite:.carryout", basePath: "/exports", generators: "../embed/generators.ts" });

/** Opened once per process: not while Next builds, and not again when it reloads this module. */
const kept = globalThis as { carryout?: ReturnType<typeof open> };

const answer = async (request: Request): Promise<Response> => {
  kept.carryout ??= open();
  return (await kept.carryout).fetch(request);
};

export { answer as DELETE, answer as GET, answer as HEAD, answer as OPTIONS, answer as POST };
export const dynamic = "force-dynamic";
export const runtime = "nodejs";
