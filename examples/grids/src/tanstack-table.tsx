import {
  columnFilteringFeature,
  columnVisibilityFeature,
  createFilteredRowModel,
  createSortedRowModel,
  filterFn_includesString,
  filterFn_inNumberRange,
  globalFilteringFeature,
  rowSortingFeature,
  sortFn_basic,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { tanstackTableParams } from "carryout/grids";
import type { Order } from "../shop.ts";
import { useCarryoutClient } from "./downloads.ts";

const features = tableFeatures({
  columnFilteringFeature,
  columnVisibilityFeature,
  globalFilteringFeature,
  rowSortingFeature,
  filteredRowModel: createFilteredRowModel(),
  sortedRowModel: createSortedRowModel(),
  filterFns: { includesString: filterFn_includesString, inNumberRange: filterFn_inNumberRange },
  sortFns: { basic: sortFn_basic },
});

const columns = [
  { id: "id", type: "number", filterFn: "inNumberRange" },
  { id: "customer", type: "text", filterFn: "includesString" },
  { id: "city", type: "text", filterFn: "includesString" },
  { id: "total", type: "number", filterFn: "inNumberRange" },
] as const;

export function TanstackOrders({ orders }: { orders: Order[] }) {
  const client = useCarryoutClient();
  const table = useTable({
    features,
    data: orders,
    columns: columns.map(({ id, filterFn }) => ({ id, accessorKey: id, filterFn, sortFn: "basic" as const })),
  });

  const exportAll = () => client.start("orders.csv", tanstackTableParams(table.state, columns));

  return (
    <>
      <button type="button" onClick={exportAll}>
        Export all
      </button>
      <input
        aria-label="Customer"
        onChange={({ target }) => table.getColumn("customer")?.setFilterValue(target.value)}
      />
      <table>
        <thead>
          <tr>
            {table.getAllLeafColumns().map((column) => (
              <th key={column.id} scope="col">
                <button type="button" onClick={() => column.toggleSorting()}>
                  {column.id}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <tr key={row.id}>
              {row.getAllCells().map((cell) => (
                <td key={cell.id}>{String(cell.getValue() ?? "")}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
