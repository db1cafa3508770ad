/** A key that signs tenant contexts. The database keeps its pads under the same id. */
export interface ContextKey {
  /** Two hex digits. */
  readonly id: string
  /** Four hex digits: the cell that this key belongs to. */
  readonly cell: string
  /** 32 bytes. */
  readonly secret: Buffer
}

/** Where the application finds the key to sign with. May change between two calls: that is how a rotation arrives. */
export interface ContextKeys {
  current(): ContextKey
}
