"use client";

/** @module The hooks and components with the kinds and parameters of an application's generators. */

import type { FunctionComponent, ReactElement } from "react";
import type { CarryoutClient } from "../client/client.ts";
import type { ExportKindOf, KindOf, ParamsAndMore, RequestOf } from "../client/kinds.ts";
import {
  DownloadButton,
  type DownloadButtonProps,
  DownloadProgress,
  type DownloadProgressProps,
  DownloadTray,
  type DownloadTrayProps,
  ExportForm,
  type ExportFormProps,
} from "./components.ts";
import {
  type DownloadHook,
  type DownloadsHook,
  type UseDownloadOptions,
  useDownload,
  useDownloads,
} from "./hooks.ts";
import { CarryoutProvider, type CarryoutProviderProps, useCarryoutClient } from "./provider.ts";

export interface TypedDownloads<Source> {
  CarryoutProvider: FunctionComponent<CarryoutProviderProps>;
  DownloadButton(props: Omit<DownloadButtonProps, "kind" | "params"> & RequestOf<Source>): ReactElement;
  DownloadProgress: FunctionComponent<DownloadProgressProps>;
  DownloadTray: FunctionComponent<DownloadTrayProps>;
  ExportForm(props: ExportFormProps & { kind: ExportKindOf<Source> }): ReactElement;
  useCarryoutClient(): CarryoutClient<Source>;
  useDownloads(): DownloadsHook;
  useDownload<Kind extends KindOf<Source>>(
    kind: Kind,
    ...paramsAndOptions: ParamsAndMore<Source, Kind, UseDownloadOptions>
  ): DownloadHook;
}

/**
 * The same hooks and components, whose kinds and parameters are checked:
 * `createDownloads<typeof import("./generators.ts")>()`. Only the type is used: no generator reaches the browser.
 */
export function createDownloads<Source>(): TypedDownloads<Source> {
  const button: (props: never) => ReactElement = DownloadButton;
  return {
    CarryoutProvider,
    DownloadButton: button as TypedDownloads<Source>["DownloadButton"],
    DownloadProgress,
    DownloadTray,
    ExportForm,
    useCarryoutClient: useCarryoutClient as TypedDownloads<Source>["useCarryoutClient"],
    useDownloads,
    useDownload: useDownload as TypedDownloads<Source>["useDownload"],
  };
}
