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

interface Fields {
  readonly message: string
  readonly detail: string
  readonly hint: string
  readonly where: string
  readonly table: string
  readonly constraint: string
  readonly column: string
}

/** What a server's error says besides its code; empty where it says nothing. */
export function fieldsOf(error: unknown): Fields {
  const text = (name: string): string => {
    const value: unknown = error instanceof Error ? Reflect.get(error, name) : ''
    return typeof value === 'string' ? value : ''
  }
  return {
    message: text('message'),
    detail: text('detail'),
    hint: text('hint'),
    where: text('where'),
    table: text('table'),
    constraint: text('constraint'),
    column: text('column'),
  }
}
