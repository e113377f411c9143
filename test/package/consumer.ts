// Type-checked by package.test.ts against the packed package, without skipLibCheck.
import {
  CarryoutError,
  defineConfig,
  defineGenerator,
  type FastifyPlugin,
  type MountedNode,
  memory,
  openNode,
  renderButton,
  type ServingNode,
  VERSION,
} from "carryout";
import { type CarryoutClient, createClient } from "carryout/client";
import type { CarryoutButton } from "carryout/elements";
import { checkResume, type ResumeReport, repoContract } from "carryout/testing";

export const report = defineGenerator({
  kind: "report",
  file: { name: "report.csv", type: "text/csv" },
  async run({ write }) {
    await write("a,b\r\n");
  },
});

export const config = defineConfig({ engine: "memory:", port: 4001 });
export const opening: Promise<MountedNode> = openNode({ engine: memory() });
export const served: Promise<ServingNode> = openNode({ engine: "memory:", serve: { port: 0 } });
export const typed = async () => {
  const node = await openNode({ engine: "memory:", generators: [report] });
  await node.start({ user: "ann", kind: "report" });
  // @ts-expect-error: unknown kind
  await node.start({ user: "ann", kind: "reprot" });
};
export const client: CarryoutClient = createClient({ src: "/exports/downloads" });
export const typedClient = () => {
  const typed = createClient<{ report: typeof report }>();
  // @ts-expect-error: unknown kind
  void typed.start("reprot");
  return typed.start("report");
};
export const resumes = (): Promise<ResumeReport> => checkResume(report, { runs: 10 });
export const plugin = async (): Promise<FastifyPlugin> => (await opening).fastify;
export const html: string = renderButton({ kind: "report", downloads: [], returnTo: "/" });
export const isOurs = (error: unknown): boolean => error instanceof CarryoutError;
export const facts: readonly unknown[] = [VERSION, repoContract];

export function restyle(button: CarryoutButton): void {
  button.params = { year: 2026 };
  document.querySelector("carryout-tray")?.setAttribute("lang", "en");
  document.addEventListener("carryout-ready", ({ detail }) => console.log(detail.file?.name));
}
