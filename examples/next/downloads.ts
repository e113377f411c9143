"use client";

import { createDownloads } from "carryout/react";

export const { CarryoutProvider, DownloadButton, DownloadProgress, DownloadTray, ExportForm, useDownload } =
  createDownloads<typeof import("../embed/generators.ts")>();
