import { brotliCompressSync, constants } from 'node:zlib'

/** A text and the same packed by brotli (RFC 7932), packed when somebody asks for it first. */
export interface Packs {
  readonly body: string
  readonly packed: () => Uint8Array<ArrayBuffer>
}

export function packs(body: string): Packs {
  let packed: Uint8Array<ArrayBuffer> | undefined
  return {
    body,
    packed: () => {
      packed ??= new Uint8Array(
        brotliCompressSync(body, {
          params: {
            [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
            // 6 of 11: beyond it a page gets a tenth smaller and takes ten times as long.
            [constants.BROTLI_PARAM_QUALITY]: 6,
          },
        }),
      )
      return packed
    },
  }
}
