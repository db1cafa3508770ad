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
