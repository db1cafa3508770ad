import type { OrganizationId } from '../../core/ids.ts'

/** A column of sealed values. */
export interface SealedPlace {
  /** Where it is now, for people. */
  readonly says: string
}

/** One of which each value can be sealed anew: a label and a key say what it is sealed for. */
export interface SealedColumn extends SealedPlace {
  /** The label under which values are sealed: `desk.integration` and `credential`. */
  readonly table: string
  readonly column: string
  /** Whether a blind index of it stands in the same row. */
  readonly indexed: boolean
  /** How many bits of it are kept; left out: all. */
  readonly indexBits?: number
}

export interface SealedRow {
  /** The primary key beside organization_id, one text for each column. */
  readonly key: readonly string[]
  /** The same as one text: what the value is sealed for. */
  readonly row: string
  /** The person whom the value is about, where a column of the row says it. */
  readonly subject?: string
  readonly envelope: Buffer
  /** The blind index beside it; left out where there is none. */
  readonly index?: Buffer
}

export interface SealedChange {
  readonly was: SealedRow
  readonly envelope: Buffer
  readonly index?: Buffer
}

/** Which values are meant. */
export interface Wanted {
  /** Ids of keys, 16 hex digits; left out: all values. */
  readonly keyIds?: readonly string[]
  /** Only rows after this one, by their key. */
  readonly after?: readonly string[]
  /** From 1 to 10,000. */
  readonly rowsMax: number
}

/** All that there are. */
export interface SealedColumns {
  readonly labelled: readonly SealedColumn[]
  /** Without a label or a key: what lies there can be counted, and not sealed anew. */
  readonly unlabelled: readonly SealedPlace[]
}

/** Rows with sealed values, of one organization at a time, wherever they are kept and whichever login reaches them. */
export interface SealedRows {
  columns(organization: OrganizationId): Promise<SealedColumns>
  /** How many values were sealed under one of these keys. */
  count(organization: OrganizationId, place: SealedPlace, keyIds: readonly string[]): Promise<number>
  /** The next rows in the order of their keys. */
  read(organization: OrganizationId, column: SealedColumn, wanted: Wanted): Promise<readonly SealedRow[]>
  /**
   * All of them in one statement, each only where envelope and index are still what they were; a row that somebody
   * else holds is left to them. Gives how many were changed.
   */
  replace(organization: OrganizationId, column: SealedColumn, changes: readonly SealedChange[]): Promise<number>
  /** Takes away the blind indexes in rows whose values were sealed under one of these keys. Gives how many. */
  clearIndexes(organization: OrganizationId, keyIds: readonly string[]): Promise<number>
  /**
   * Resolves when whatever was being written as it was called is there to be read, or will never be.
   * @throws vault.still_open
   */
  settled(organization: OrganizationId): Promise<void>
}
