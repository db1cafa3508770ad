import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { Readable } from 'node:stream'
import { pause } from '../../../core/clock.ts'
import { refuseBlobs } from '../../../foundation/objects/index.ts'
import { blobFailure, isAbsent, statusOf } from './failures.ts'
import type { Bucket } from './s3.ts'
import type { Named } from './upload.ts'

interface Span {
  readonly start: number
  readonly end: number
}

interface Opened {
  readonly body: Readable
  readonly length: number
  readonly etag: string | undefined
}

/** The bytes of an object; undefined when it is not there. Its connection is let go at the end, at a failure, and when the reader stops. */
export async function download(
  bucket: Bucket,
  named: Named,
  range?: Span,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  if (range !== undefined && range.start === range.end) return Readable.from([])
  const first = await open(bucket, named, range)
  if (first === undefined) return undefined
  const span = range ?? { start: 0, end: first.length }
  if (first.length !== span.end - span.start) {
    first.body.destroy()
    throw refuseBlobs.cut({ detail: 'The store has another length than was asked for.' })
  }
  return { [Symbol.asyncIterator]: () => reading(bucket, named, span, first) }
}

/** Reads on after a broken connection, where it broke and of the same object only, at most `triesMax` times. */
function reading(
  bucket: Bucket,
  named: Named,
  { start, end }: Span,
  first: Opened,
): AsyncIterator<Uint8Array, undefined> {
  let opened = first
  let pieces = piecesOf(first)
  let [at, tries, waitedMs] = [start, 1, 0]
  const finish = (): IteratorReturnResult<undefined> => {
    opened.body.destroy()
    at = end
    return { done: true, value: undefined }
  }
  const again = async (cause: unknown): Promise<void> => {
    opened.body.destroy()
    if (++tries > bucket.triesMax) throw refuseBlobs.cut({ cause })
    const next = await open(bucket, named, { start: at, end }, first.etag)
    if (next?.length !== end - at) throw refuseBlobs.cut({ cause })
    opened = next
    pieces = piecesOf(next)
  }
  const next = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    while (at < end) {
      const askedMs = bucket.clock.monotonicMs()
      const got = await within(bucket, pieces.next()).catch((thrown: unknown) => ({ thrown }))
      waitedMs += bucket.clock.monotonicMs() - askedMs
      // Only the time that the store was waited for counts, not what the reader takes.
      const allowedMs = bucket.silenceMsMax + ((at - start) / bucket.bytesPerSecMin) * 1000
      if (waitedMs > allowedMs) throw refuseBlobs.unreachable({ detail: 'The store sends too slowly.' })
      if ('thrown' in got || got.done === true) {
        await again('thrown' in got ? got.thrown : undefined)
        continue
      }
      at += got.value.length
      if (at > end) throw refuseBlobs.failed({ detail: 'The store sends more than was asked for.' })
      return { done: false, value: got.value }
    }
    return finish()
  }
  const guarded = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    try {
      return await next()
    } catch (thrown) {
      finish()
      throw blobFailure(thrown)
    }
  }
  return { next: guarded, return: async () => finish() }
}

async function open(bucket: Bucket, named: Named, range?: Span, etag?: string): Promise<Opened | undefined> {
  const part = range === undefined ? {} : { Range: `bytes=${range.start}-${range.end - 1}` }
  const same = etag === undefined ? {} : { IfMatch: etag }
  let answer: GetObjectCommandOutput
  try {
    answer = await bucket.client.send(new GetObjectCommand({ ...named, ...part, ...same }))
  } catch (thrown) {
    if (isAbsent(thrown)) return undefined
    if (statusOf(thrown) === 412) throw refuseBlobs.cut({ cause: thrown })
    throw thrown
  }
  const { Body: body, ContentLength: length, ETag } = answer
  if (!(body instanceof Readable) || length === undefined) throw refuseBlobs.failed()
  // A reader who has stopped hears nothing any more; an error of the connection must not end the process.
  body.on('error', () => undefined)
  return { body, length, etag: ETag }
}

function piecesOf({ body }: Opened): AsyncIterator<Uint8Array, undefined> {
  return body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>
}

/** @throws blobs.unreachable when nothing came for `silenceMsMax` */
async function within<T>({ silenceMsMax }: Bucket, work: Promise<T>): Promise<T> {
  const patience = new AbortController()
  const late = pause(silenceMsMax, patience.signal).then(() => {
    if (patience.signal.aborted) return undefined
    throw refuseBlobs.unreachable({ detail: 'The store fell silent.' })
  })
  try {
    const first = await Promise.race([work, late])
    if (first === undefined) throw refuseBlobs.failed()
    return first
  } finally {
    patience.abort()
  }
}
