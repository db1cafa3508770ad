/** Where sealed bytes lie. It sees neither names nor contents in clear, and knows nothing of organizations. */
export interface Blobs {
  /** Such as `folder` or `s3://bucket`. Holds no secret. */
  readonly says: string
  /** All or nothing: a write that fails or is ended leaves no blob. Replaces only when `replace`. False when it is there. */
  put(key: string, bytes: AsyncIterable<Uint8Array>, options?: { readonly replace?: boolean }): Promise<boolean>
  /** Undefined when it is not there. `start` and `end` (exclusive) in bytes of the blob. */
  get(key: string, range?: { readonly start: number; readonly end: number }): Promise<AsyncIterable<Uint8Array> | undefined>
  /** Undefined when it is not there. */
  size(key: string): Promise<number | undefined>
  remove(key: string): Promise<void>
  /** Keys that begin so, in order, in parts. */
  list(prefix: string): AsyncIterable<string>
}
