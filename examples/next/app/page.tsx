import { headers } from "next/headers";
import {
  CarryoutProvider,
  DownloadButton,
  DownloadProgress,
  DownloadTray,
  ExportForm,
} from "../downloads.ts";
import { node } from "../node.ts";
import { userOf } from "../session.ts";
import { Report } from "./report.tsx";

export default async function Page() {
  const { list, exports } = await node();
  const downloads = await list(userOf(await headers()));
  return (
    <CarryoutProvider src="/exports/downloads" initial={{ downloads }}>
      <DownloadButton kind="report" label="Download report" />
      <Report />
      <DownloadProgress slot="own" />
      <ExportForm kind="squares" export={exports()[0]} slot="squares" />
      <DownloadTray />
    </CarryoutProvider>
  );
}
