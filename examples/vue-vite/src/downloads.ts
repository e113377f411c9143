import { createDownloads } from "carryout/vue";

export const { useDownload, useDownloads } = createDownloads<typeof import("../../embed/generators.ts")>();
