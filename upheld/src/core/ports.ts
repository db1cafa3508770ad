/** A row as the database gives it. */
export type Row = Readonly<Record<string, unknown>>

/** Something that answers SQL: a pool, a connection, or an open transaction. */
export interface Queryable {
  query(text: string, values?: readonly unknown[]): Promise<{ readonly rows: Row[]; readonly rowCount: number }>
}

/** A login of our own, not bound to any organization. Never the application's. */
export interface Database extends Queryable {
  /** Commits when `work` resolves, rolls back when it throws. */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/**
 * What one value is sealed for. It opens again for exactly these words and for no others. `table` and `column` are the
 * label of the column, which survives a renaming; `row` is its primary key.
 */
export interface Address {
  /** Such as `desk.integration`. */
  readonly table: string
  readonly column: string
  /** The primary key as text, such as a UUID: known before the row is written. */
  readonly row: string
  /** The person whom the value is about, when it must be possible to destroy what is known of that person alone. */
  readonly subject?: string
  /** A version of the row, when an older value of the same cell must not open any more. It is not kept in the value. */
  readonly revision?: string
}

/** An opened secret. Prints as `[secret]` wherever it lands. */
export interface Opened {
  reveal(): string
  /** A copy, for values that are no text. */
  bytes(): Uint8Array
}

/** Who asks. */
export interface Caller {
  /** The address that the connection came from, as text: IPv4 or IPv6. Behind a proxy that is trusted, who asked that. */
  readonly address: string
  /** Of the connection itself, whoever it came from for somebody else; absent where there is none. */
  readonly peer?: string
}
