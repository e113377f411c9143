// Type-checked by package.test.ts against the packed package, without skipLibCheck.
import {
  CarryoutError,
  defineConfig,
  defineGenerator,
  type EmbeddedNode,
  openNode,
  renderButton,
  VERSION,
} from "carryout";
import { repoContract } from "carryout/testing";

export const report = defineGenerator({
  kind: "report",
  file: { name: "report.csv", type: "text/csv" },
  async run({ write }) {
    await write("a,b\r\n");
  },
});

export const config = defineConfig({ engine: "memory:", port: 4001 });
export const opening: Promise<EmbeddedNode> = openNode({ engine: "memory:" });
export const html: string = renderButton({ kind: "report", downloads: [], returnTo: "/" });
export const isOurs = (error: unknown): boolean => error instanceof CarryoutError;
export const facts: readonly unknown[] = [VERSION, repoContract];
