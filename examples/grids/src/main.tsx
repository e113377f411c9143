import "carryout/carryout.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import type { Order } from "../shop.ts";
import { AgGridOrders } from "./ag-grid.tsx";
import { CarryoutProvider, DownloadTray } from "./downloads.ts";
import { MuiOrders } from "./mui-data-grid.tsx";
import { TanstackOrders } from "./tanstack-table.tsx";

const grids = { "#ag-grid": AgGridOrders, "#mui": MuiOrders, "#tanstack": TanstackOrders };
const Grid = grids[location.hash as keyof typeof grids] ?? AgGridOrders;
const orders: Order[] = await (await fetch("/orders")).json();

createRoot(document.getElementById("app") as HTMLElement).render(
  <StrictMode>
    <CarryoutProvider src="/exports/downloads">
      <Grid orders={orders} />
      <DownloadTray />
    </CarryoutProvider>
  </StrictMode>,
);
