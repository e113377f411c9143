import { httpGenerator } from "carryout";
import { z } from "zod";

const { SERVICE_URL = "http://127.0.0.1:8000", SERVICE_SECRET = "" } = process.env;

export const orders = httpGenerator({
  kind: "orders.csv",
  params: z.object({ year: z.number().int() }),
  file: ({ year }) => ({ name: `orders-${year}.csv`, type: "text/csv" }),
  request: ({ year }) => ({ url: `${SERVICE_URL}/orders?year=${year}` }),
  sign: { secret: SERVICE_SECRET },
  allowPrivate: [new URL(SERVICE_URL).host], // and no other private address, wherever it redirects to
});
