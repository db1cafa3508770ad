import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto'

/** What takes the pieces that were made. A piece is good until the next one. */
export type Sink = (piece: Uint8Array) => void

interface RawWay {
  readonly name: string
  readonly run: (sink: Sink) => void
}

interface RawPair {
  readonly seal: RawWay
  readonly open: RawWay
}

const key = createSecretKey(randomBytes(32))
const name = 'aes-256-gcm'
const tagLength = { authTagLength: 16 }

/** One message of AES-256-GCM under a key that is there, all of it in one call: three buffers of its size. */
export function inOneCall(content: Buffer): RawPair {
  return rawPair('raw, one call', content, content.length)
}

/** The same message, as a stream of 64 KiB. Opened, it gives out what is not authenticated yet. */
export function inPieces(content: Buffer): RawPair {
  return rawPair('raw, 64 KiB at a time', content, 65_536)
}

function rawPair(says: string, content: Buffer, size: number): RawPair {
  const iv = randomBytes(12)
  const cipher = createCipheriv(name, key, iv, tagLength)
  const sealed = Buffer.concat([cipher.update(content), cipher.final()])
  const tag = cipher.getAuthTag()
  return {
    seal: {
      name: says,
      run(sink) {
        const cipher = createCipheriv(name, key, randomBytes(12), tagLength)
        for (let at = 0; at < content.length; at += size) sink(cipher.update(content.subarray(at, at + size)))
        cipher.final()
        sink(cipher.getAuthTag())
      },
    },
    open: {
      name: says,
      run(sink) {
        const decipher = createDecipheriv(name, key, iv, tagLength)
        decipher.setAuthTag(tag)
        for (let at = 0; at < sealed.length; at += size) sink(decipher.update(sealed.subarray(at, at + size)))
        decipher.final()
      },
    },
  }
}

/** Bytes that nothing makes smaller, in memory that was touched. */
export function noise(size: number): Buffer {
  return randomBytes(size)
}
