import {
  DataGrid,
  type GridColDef,
  gridColumnVisibilityModelSelector,
  gridFilterModelSelector,
  useGridApiRef,
} from "@mui/x-data-grid";
import { muiGridParams } from "carryout/grids";
import type { Order } from "../shop.ts";
import { useCarryoutClient } from "./downloads.ts";

const columns: GridColDef<Order>[] = [
  { field: "id", type: "number" },
  { field: "customer", width: 160 },
  { field: "city" },
  { field: "total", type: "number" },
  {
    field: "placed",
    type: "date",
    valueGetter: (day: string) => new Date(`${day}T00:00`),
    getApplyQuickFilterFn: () => null,
  },
  { field: "paid", type: "boolean" },
];

export function MuiOrders({ orders }: { orders: Order[] }) {
  const grid = useGridApiRef();
  const client = useCarryoutClient();

  const exportAll = async () => {
    const api = grid.current;
    if (!api) return;
    const params = muiGridParams({
      columns: api.getAllColumns(),
      filterModel: gridFilterModelSelector(grid),
      sortModel: api.getSortModel(),
      columnVisibilityModel: gridColumnVisibilityModelSelector(grid),
    });
    await client.start("orders.csv", params);
  };

  return (
    <>
      <button type="button" onClick={exportAll}>
        Export all
      </button>
      <div style={{ height: 400 }}>
        <DataGrid apiRef={grid} rows={orders} columns={columns} showToolbar />
      </div>
    </>
  );
}
