/**
 * The name of the evidence log when nobody chose one. It stands in every signature, so it is made once, with the key,
 * and stays: `Northwind Desk` gives `northwind-desk.example/upheld/evidence`.
 */
export function logOriginOf(application: string): string {
  const name = application
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
  return `${name === '' ? 'application' : name}.example/upheld/evidence`
}
