/** The stable code of an error: Upheld's own, or the SQLSTATE. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'none'
}

/**
 * True when a domain refused the value itself (class 23 with the name of a type). That happens before row security is
 * asked, so nothing is learned from it.
 */
export function refusedByDomain(error: unknown): boolean {
  return error instanceof Error && codeOf(error).startsWith('23') && typeof Reflect.get(error, 'dataType') === 'string'
}
