import { AllCommunityModule, type ColDef, ModuleRegistry } from "ag-grid-community";
import { AgGridReact } from "ag-grid-react";
import { agGridParams } from "carryout/grids";
import { useRef } from "react";
import type { Order } from "../shop.ts";
import { useCarryoutClient } from "./downloads.ts";

ModuleRegistry.registerModules([AllCommunityModule]);

const columns: ColDef<Order>[] = [
  { field: "id", filter: "agNumberColumnFilter" },
  { field: "customer", filter: "agTextColumnFilter" },
  { field: "city", filter: "agTextColumnFilter" },
  { field: "total", filter: "agNumberColumnFilter" },
  { field: "placed", filter: "agDateColumnFilter", cellDataType: "dateString" },
  { field: "paid" },
];

export function AgGridOrders({ orders }: { orders: Order[] }) {
  const grid = useRef<AgGridReact<Order>>(null);
  const client = useCarryoutClient();

  const exportAll = async () => {
    const api = grid.current?.api;
    if (!api) return;
    const params = agGridParams(
      {
        columnState: api.getColumnState(),
        filterModel: api.getFilterModel(),
        quickFilter: api.getQuickFilter(),
      },
      { searched: ["customer", "city"] },
    );
    await client.start("orders.csv", params);
  };

  return (
    <>
      <button type="button" onClick={exportAll}>
        Export all
      </button>
      <div style={{ height: 400 }}>
        <AgGridReact
          ref={grid}
          rowData={orders}
          columnDefs={columns}
          defaultColDef={{ floatingFilter: true }}
        />
      </div>
    </>
  );
}
