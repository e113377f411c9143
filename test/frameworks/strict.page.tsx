/** @module A page of React in development, in its strict mode, that strict.test.ts renders on the server and opens. */

import { StrictMode, useState } from "react";
import {
  CarryoutProvider,
  type CarryoutProviderProps,
  DownloadButton,
  DownloadTray,
  ExportForm,
  useDownload,
} from "../../src/react/index.ts";

function Own({ slot }: { slot: string }) {
  const { state, start } = useDownload("cities.pdf", {}, { slot });
  return (
    <button type="button" onClick={start}>
      {state}
    </button>
  );
}

export function StrictPage({ src, initial }: Pick<CarryoutProviderProps, "src" | "initial">) {
  const [isShown, show] = useState(true);
  const [country, choose] = useState<string>();
  return (
    <StrictMode>
      <CarryoutProvider src={src} initial={initial}>
        <button type="button" onClick={() => show(!isShown)}>
          {isShown ? "Hide" : "Show"}
        </button>
        <button type="button" onClick={() => choose("FR")}>
          France
        </button>
        {isShown && (
          <>
            <Own slot="own" />
            <DownloadButton kind="cities.csv" params={country ? { country } : {}} />
            <ExportForm kind="cities" slot="form" values={{ country: "DE" }} />
            <DownloadTray />
          </>
        )}
      </CarryoutProvider>
    </StrictMode>
  );
}
