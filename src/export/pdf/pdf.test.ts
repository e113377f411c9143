import { fileURLToPath } from "node:url";
import { writerContract } from "../writer-contract.testing.ts";
import { pdf } from "./pdf.ts";
import { verifyPdf } from "./read-pdf.testing.ts";

const ARABIC = fileURLToPath(
  import.meta.resolve("@expo-google-fonts/noto-sans-arabic/400Regular/NotoSansArabic_400Regular.ttf"),
);

writerContract("pdf", {
  format: pdf({ fonts: [ARABIC], missing: "replace" }),
  rows: 800,
  batch: 12,
  verify: (bytes) => void verifyPdf(bytes),
});

writerContract("pdf with tags in any case", {
  format: pdf({ missing: "replace", tagged: true, fontSize: 14 }),
  rows: 400,
  batch: 6,
  verify: (bytes) => void verifyPdf(bytes),
});
