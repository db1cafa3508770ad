/** A schema that never heard of Upheld: its clean twin, and the holes that are planted into it all at once. */
export interface ForeignSchema {
  readonly name: string
  /** The column that must be found, and its type. */
  readonly tenantColumn: string
  readonly type: string
  readonly build: string
  /** What is true of the clean twin by its design: rule and place. */
  readonly already: readonly string[]
  readonly holes: string
  /** What must be found, and nothing else. */
  readonly found: readonly string[]
}
