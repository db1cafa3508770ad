import { randomBytes } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { refuseBlobs } from '../../../foundation/objects/index.ts'
import { statusOf } from './failures.ts'
import type { Bucket } from './s3.ts'

export interface Named {
  readonly Bucket: string
  readonly Key: string
}

interface Part {
  readonly PartNumber: number
  readonly ETag: string
}

const partsMax = 10_000

/** Whether it was stored; false when there is one already that is not to be replaced. */
export async function upload(
  bucket: Bucket,
  named: Named,
  bytes: AsyncIterable<Uint8Array>,
  replace: boolean,
): Promise<boolean> {
  // An answer can be lost and its request sent again: by this mark one's own object is known.
  const mark = randomBytes(16).toString('hex')
  const condition = replace ? {} : { IfNoneMatch: '*' }
  const parts = partsOf(bytes, bucket.partBytes)
  try {
    const first = await parts.next()
    const second = first.done === true ? first : await parts.next()
    const only = first.done === true ? Buffer.alloc(0) : first.value
    if (second.done === true) {
      const put = new PutObjectCommand({ ...named, ...condition, Body: only, Metadata: { mark } })
      return await stored(bucket, named, mark, () => bucket.client.send(put))
    }
    return await inParts(bucket, named, mark, condition, only, second.value, parts)
  } finally {
    await parts.return()
  }
}

async function inParts(
  bucket: Bucket,
  named: Named,
  mark: string,
  condition: { readonly IfNoneMatch?: string },
  first: Buffer,
  second: Buffer,
  rest: AsyncGenerator<Buffer, void, undefined>,
): Promise<boolean> {
  const { client } = bucket
  if (condition.IfNoneMatch !== undefined && (await markOf(bucket, named)) !== undefined) return false
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...named, Metadata: { mark } }))
  if (UploadId === undefined) throw refuseBlobs.failed({ detail: 'The store gives no id for an upload.' })
  try {
    const sent: Part[] = []
    const send = async (body: Buffer): Promise<void> => {
      const PartNumber = sent.length + 1
      if (PartNumber > partsMax) throw refuseBlobs.too_long()
      const answer = await client.send(new UploadPartCommand({ ...named, UploadId, PartNumber, Body: body }))
      sent.push({ PartNumber, ETag: answer.ETag ?? '' })
    }
    await send(first)
    // One is sent while the next is filled. What fails meanwhile is met when the next is ready.
    let under: Promise<void> = send(second)
    under.catch(() => undefined)
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
      await under
      under = send(next.value)
      under.catch(() => undefined)
    }
    await under
    const complete = new CompleteMultipartUploadCommand({
      ...named,
      ...condition,
      UploadId,
      MultipartUpload: { Parts: sent },
    })
    const done = await stored(bucket, named, mark, () => client.send(complete))
    if (!done) await client.send(new AbortMultipartUploadCommand({ ...named, UploadId }))
    return done
  } catch (thrown) {
    // If this fails too there is nothing more to do: what was sent is no object, and the bucket's rule clears it away.
    await client.send(new AbortMultipartUploadCommand({ ...named, UploadId })).catch(() => undefined)
    throw thrown
  }
}

/** Runs the request that makes the object visible. A refusal may come of its own first, unanswered try: then it was stored. */
async function stored(bucket: Bucket, named: Named, mark: string, request: () => Promise<unknown>): Promise<boolean> {
  try {
    await request()
    return true
  } catch (thrown) {
    const status = statusOf(thrown)
    if (status !== 412 && status !== 404) throw thrown
    if ((await markOf(bucket, named)) === mark) return true
    if (status === 412) return false
    throw thrown
  }
}

/** The mark of what is there; empty for what was put by somebody else's means; undefined for nothing. */
async function markOf({ client }: Bucket, named: Named): Promise<string | undefined> {
  try {
    return (await client.send(new HeadObjectCommand(named))).Metadata?.['mark'] ?? ''
  } catch (thrown) {
    if (statusOf(thrown) === 404) return undefined
    throw thrown
  }
}

/** The same bytes in parts of one size, the last of which may be shorter. Three buffers in turn: one filled, one sent, one held. */
async function* partsOf(bytes: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Buffer, void, undefined> {
  const buffers: Buffer[] = []
  let turn = 0
  let held: Buffer = Buffer.alloc(0)
  let at = 0
  for await (const piece of bytes) {
    for (let from = 0; from < piece.length;) {
      if (at === 0) held = buffers[turn] ??= Buffer.allocUnsafeSlow(size)
      const taken = Math.min(size - at, piece.length - from)
      held.set(piece.subarray(from, from + taken), at)
      at += taken
      from += taken
      if (at < size) continue
      yield held
      at = 0
      turn = (turn + 1) % 3
    }
  }
  if (at > 0) yield held.subarray(0, at)
}
