/** @module How the browser's files are made; `scripts/build.mjs` runs it once per mode. */

import tailwindcss from "@tailwindcss/vite";
import { defineConfig, type UserConfig } from "vite";
import { compact } from "./scripts/compact.mjs";

/** Loaded by the elements when a form is shown. */
const FORM = "export-kit";
/** Loaded by the elements of a page without `carryout.css`. */
const STYLES = "styles";

/**
 * A module of one file, so that a page needs one request; and one for each language but English, and one of the styles where
 * the page links none, loaded when needed.
 */
function script(name: string, entry: string): UserConfig {
  return {
    plugins: [
      compact(),
      {
        // Has its own copies of what both use: pages may give the elements' URL a query, and would load them twice.
        name: "form-apart",
        enforce: "pre",
        resolveId: (id) => (id === `./${FORM}.ts` ? { id: `./${FORM}.js`, external: "relative" } : null),
      },
    ],
    build: {
      target: "es2022",
      // As a library: pages of applications would get a helper that preloads chunks.
      lib: { entry: { [name]: entry }, formats: ["es"], fileName: (_format, entry) => `${entry}.js` },
      rolldownOptions: {
        checks: { pluginTimings: false },
        output: {
          chunkFileNames: ({ name }) => (name === STYLES ? `${STYLES}.js` : `words-${name}.js`),
          minify: true,
        },
      },
    },
  };
}

const modes: Record<string, UserConfig> = {
  elements: script("elements", "src/ui/elements.ts"),
  form: script(FORM, `src/ui/${FORM}.ts`),
  client: script("client", "src/client/index.ts"),
  // For operators: not worth the seconds that its last two percent cost.
  cluster: { ...script("cluster", "src/ui/cluster-element.ts"), plugins: [] },
  styles: {
    plugins: [tailwindcss()],
    build: {
      rolldownOptions: {
        input: { page: "examples/cities/page.css", cluster: "src/ui/cluster.css" },
        output: { assetFileNames: "[name][extname]" },
      },
    },
  },
};

export default defineConfig(({ mode }) => {
  const config = modes[mode];
  if (!config) throw new TypeError(`vite's mode is one of ${Object.keys(modes).join(", ")}, not ${mode}`);
  return {
    ...config,
    logLevel: "warn",
    publicDir: false,
    define: { "process.env.NODE_ENV": '"production"' },
    build: { outDir: "dist/assets", emptyOutDir: false, reportCompressedSize: false, ...config.build },
  };
});
