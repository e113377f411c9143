import { createDownloads } from "carryout/react";

export const { CarryoutProvider, DownloadTray, useCarryoutClient } =
  createDownloads<typeof import("../orders.ts")>();
