/** @module What the browser runs for strict.test.ts: takes over the page that the server rendered. */

import { hydrateRoot } from "react-dom/client";
import { StrictPage } from "./strict.page.tsx";

const { initial } = globalThis as unknown as { initial: Parameters<typeof StrictPage>[0]["initial"] };
hydrateRoot(document.getElementById("app") as HTMLElement, <StrictPage src="/downloads" initial={initial} />);
