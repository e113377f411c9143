import { headers } from "next/headers";
import { CarryoutProvider, DownloadButton, DownloadTray } from "../downloads.ts";
import { node } from "../node.ts";
import { userOf } from "../session.ts";
import { Report } from "./report.tsx";

export default async function Page() {
  const downloads = await (await node()).list(userOf(await headers()));
  return (
    <CarryoutProvider src="/exports/downloads" initial={{ downloads }}>
      <DownloadButton kind="report" label="Download report" />
      <Report />
      <DownloadTray />
    </CarryoutProvider>
  );
}
