/** An interface of one's own: a button, a list, and a line for what goes wrong. */

import { CarryoutClientError, createClient, type DownloadView, isUnfinished } from "carryout/client";

const client = createClient<typeof import("../embed/generators.ts")>();
const [button] = document.getElementsByTagName("button");
const [list] = document.getElementsByTagName("ul");
const [note] = document.getElementsByTagName("output");

client.subscribe(() => {
  const { downloads, connection } = client.getSnapshot();
  list?.replaceChildren(...downloads.map(itemOf));
  if (note) note.textContent = connection === "waiting" ? "Connection lost, trying again…" : "";
});

button?.addEventListener("click", async () => {
  try {
    await client.start("report");
  } catch (error) {
    if (!(error instanceof CarryoutClientError)) throw error;
    if (note) note.textContent = error.message;
  }
});

function itemOf({ id, kind, state, percent, file, error }: DownloadView): HTMLLIElement {
  const item = document.createElement("li");
  const remove = document.createElement("button");
  remove.textContent = isUnfinished({ state }) ? "Cancel" : "Dismiss";
  remove.onclick = () => client.remove(id);
  // A link, never a Blob: the browser writes the file to disk as it arrives, and resumes it.
  const link = document.createElement("a");
  link.href = file?.url ?? "";
  link.textContent = file?.name ?? "";
  item.append(file ? link : (error?.message ?? `${kind}: ${percent ?? 0} %`), " ", remove);
  return item;
}
