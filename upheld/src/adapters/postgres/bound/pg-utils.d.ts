declare module 'pg/lib/utils.js' {
  /** A JavaScript value as the text or bytes that Bind sends. */
  export function prepareValue(value: unknown): string | Buffer | null
}
