"use client";

import { createDownloads } from "carryout/react";

export const { CarryoutProvider, DownloadButton, DownloadTray, useDownload, useDownloads } =
  createDownloads<typeof import("../embed/generators.ts")>();
