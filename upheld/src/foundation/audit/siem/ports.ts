/** One entry, written down. */
export interface Item {
  readonly line: string
  /** Its place in the log. */
  readonly index: number
  /** RFC 3339, UTC. */
  readonly receivedAt: string
  /** 0 to 10. */
  readonly severity: number
}

/** Entries that follow one another without gap. */
export interface Batch {
  /** Which log. */
  readonly origin: string
  readonly items: readonly Item[]
  /** The content type of the lines. */
  readonly media: string
  /** The first line of a new file. */
  readonly header: string | undefined
}

/** What became of a batch. `again` says whether it may be tried once more. */
export type Taken =
  | { readonly taken: true }
  | { readonly taken: false; readonly why: string; readonly again: boolean; readonly afterMs?: number }

/** Where entries go. It takes a batch whole, or says that it did not; what it took it may get again. */
export interface Sink {
  /** Such as `https://siem.example`. Holds no secret. */
  readonly says: string
  deliver(batch: Batch): Promise<Taken>
  close(): Promise<void>
}

/** Where an export goes on. */
export interface Position {
  readonly origin: string
  /** The first entry that was not taken yet. */
  readonly next: number
}

/** Remembers a position from one run to the next. */
export interface Cursor {
  read(): Position | undefined
  write(position: Position): void
}
