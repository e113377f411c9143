import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  server: { proxy: { "/exports": "http://127.0.0.1:3000", "/orders": "http://127.0.0.1:3000" } },
});
