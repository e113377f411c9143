/** The text of a stylesheet, which the bundler puts in place of the import. */
declare module "*.css?inline" {
  const text: string;
  export default text;
}
