import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createElement, type FunctionComponent } from "react";
import { renderToString } from "react-dom/server";
import { build } from "vite";
import { z } from "zod";
import type { PublicDownload } from "../../src/client/public-download.ts";
import { sampleDownload } from "../../src/frameworks/sample-download.testing.ts";
import type * as carryout from "../../src/react/index.ts";
import { newFolder } from "./project.ts";

const top = fileURLToPath(new URL("../..", import.meta.url));

const TYPES = ["lib", "block", "component", "ui", "hook", "theme", "page", "file", "style", "item"] as const;
const type = z.enum(TYPES.map((name) => `registry:${name}` as const));

/** The parts of https://ui.shadcn.com/schema/registry.json and registry-item.json that are used, and no others. */
const registrySchema = z.strictObject({
  $schema: z.literal("https://ui.shadcn.com/schema/registry.json"),
  name: z.string().min(1),
  homepage: z.url(),
  items: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z][a-z0-9-]*$/),
        type,
        title: z.string().min(1),
        description: z.string().min(1),
        dependencies: z.array(z.string()),
        registryDependencies: z.array(z.string()),
        // `registry:page` and `registry:file` would need a target.
        files: z
          .array(z.strictObject({ path: z.string(), type: type.exclude(["registry:page", "registry:file"]) }))
          .min(1),
      }),
    )
    .min(1),
});

const registry = registrySchema.parse(JSON.parse(readFileSync(join(top, "registry.json"), "utf8")));

/** In a project: components in `components`, those of shadcn/ui in `components/ui`. */
describe("the registry for shadcn/ui, copied into a project", () => {
  const project = newFolder("carryout-registry-");
  const components = join(project, "components");
  after(() => rmSync(project, { recursive: true }));

  before(() => {
    mkdirSync(join(components, "ui"), { recursive: true });
    for (const { files, registryDependencies } of registry.items) {
      for (const { path } of files) copyFileSync(join(top, path), join(components, basename(path)));
      for (const name of registryDependencies) {
        const own = new URL(`./shadcn/${name}.tsx`, import.meta.url);
        copyFileSync(own, join(components, "ui", `${name}.tsx`));
      }
    }
  });

  it("compiles", () => {
    const sources = { "carryout/react": [join(top, "src/react/index.ts")], "@/*": [join(project, "*")] };
    const tsconfig = {
      extends: join(top, "tsconfig.json"),
      compilerOptions: {
        module: "esnext",
        moduleResolution: "bundler",
        exactOptionalPropertyTypes: false,
        paths: { ...sources, "carryout/elements": [join(top, "src/ui/element-types.ts")] },
      },
      include: ["components"],
    };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify(tsconfig));
    const words = [join(top, "node_modules/typescript/bin/tsc"), "--noEmit", "-p", project];
    const { stdout, status } = spawnSync(process.execPath, words, { encoding: "utf8" });
    assert.equal(status, 0, stdout);
  });

  describe("renders on a server", () => {
    let react: typeof carryout;
    let components: Record<"DownloadButton" | "DownloadTray", FunctionComponent<Record<string, unknown>>>;

    before(async () => {
      writeFileSync(
        join(project, "all.ts"),
        `export * as react from "carryout/react";
         export { DownloadButton } from "@/components/download-button.tsx";
         export { DownloadTray } from "@/components/download-tray.tsx";`,
      );
      await build({
        configFile: false,
        logLevel: "error",
        resolve: {
          alias: { "carryout/react": join(top, "src/react/index.ts"), "@": project },
        },
        build: {
          ssr: join(project, "all.ts"),
          outDir: join(project, "out"),
          rolldownOptions: { external: ["carryout/elements"], output: { entryFileNames: "all.mjs" } },
        },
      });
      const built = await import(pathToFileURL(join(project, "out/all.mjs")).href);
      react = built.react;
      components = built;
    });

    const html = (name: keyof typeof components, props: object, downloads: PublicDownload[]) =>
      renderToString(
        createElement(
          react.CarryoutProvider,
          { initial: { downloads } },
          createElement(components[name], { ...props }),
        ),
      );

    it("the button in each state", () => {
      const button = (downloads: PublicDownload[]) =>
        html("DownloadButton", { kind: "report", label: "Report" }, downloads);
      assert.match(button([]), />Report<\/button>/);
      const progress = { done: 1, total: 4, fraction: 0.25, message: null };
      assert.match(
        button([sampleDownload({ state: "processing", progress })]),
        /aria-valuenow="25" aria-label="Report".*25%.*Cancel/,
      );
      assert.match(
        button([sampleDownload({ state: "ready" })]),
        /<a href="\/downloads\/first\/report.csv" download="report.csv"/,
      );
      assert.match(button([sampleDownload({ state: "error" })]), /role="alert".*The disk is full.*Retry/);
    });

    it("the tray with downloads in each state", () => {
      const tray = html("DownloadTray", {}, [
        sampleDownload({ id: "a", slot: "a", state: "pending", position: 3, kind: "waiting" }),
        sampleDownload({ id: "b", slot: "b", state: "ready", kind: "orders" }),
        sampleDownload({ id: "c", slot: "c", state: "error", kind: "broken" }),
      ]);
      assert.match(tray, /waiting.*Waiting, 3 in line/);
      assert.match(tray, /orders\.csv.*7 bytes?.*href="\/downloads\/b\/orders\.csv"/);
      assert.match(tray, /broken.*Failed.*The disk is full.*aria-label="Retry broken"/);
      assert.match(html("DownloadTray", {}, []), /Nothing here yet/);
    });
  });
});
