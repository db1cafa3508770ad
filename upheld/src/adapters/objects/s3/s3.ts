import {
  DeleteObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3'
import { systemClock, type Clock } from '../../../core/clock.ts'
import { assertBlobKey, isBlobKey, refuseBlobs, sourceOf, type Blobs } from '../../../foundation/objects/index.ts'
import { download } from './download.ts'
import { blobFailure, isAbsent, statusOf } from './failures.ts'
import { parseS3Options, type S3Options, type S3Settings } from './options.ts'
import { upload } from './upload.ts'

/** What reading and writing need: the client, the bucket, its bounds. */
export interface Bucket extends S3Settings {
  readonly client: S3Client
  readonly clock: Clock
}

/** `close` lets go of the connections that are kept. */
type S3Blobs = Blobs & { readonly close: () => void }

/**
 * Blobs as objects of one bucket, which must be there.
 * @throws blobs.bad_options, blobs.no_place, blobs.denied, blobs.unreachable
 */
export async function s3Blobs(given: S3Options, clock: Clock = systemClock): Promise<S3Blobs> {
  const settings = parseS3Options(given)
  const bucket: Bucket = { ...settings, client: clientOf(settings), clock }
  const { client, keyPrefix } = bucket
  await client.send(new HeadBucketCommand({ Bucket: bucket.bucket })).catch((thrown: unknown) => {
    client.destroy()
    // The answer has no body that could name what is missing.
    throw statusOf(thrown) === 404 ? refuseBlobs.no_place({ cause: thrown }) : blobFailure(thrown)
  })
  const named = (key: string): { readonly Bucket: string; readonly Key: string } => {
    assertBlobKey(key)
    return { Bucket: bucket.bucket, Key: `${keyPrefix}${key}` }
  }
  return Object.freeze({
    says: `s3://${bucket.bucket}`,
    put: (key: string, bytes: AsyncIterable<Uint8Array>, { replace = false } = {}) =>
      sending(bytes, source => upload(bucket, named(key), source, replace)),
    get: (key: string, range?: { readonly start: number; readonly end: number }) =>
      coded(() => download(bucket, named(key), range)),
    size: (key: string) =>
      coded(async () => {
        try {
          const { ContentLength: size } = await client.send(new HeadObjectCommand(named(key)))
          if (size === undefined) throw refuseBlobs.failed({ detail: 'The store tells no length.' })
          return size
        } catch (thrown) {
          if (isAbsent(thrown)) return undefined
          throw thrown
        }
      }),
    remove: (key: string) =>
      coded(async () => {
        await client.send(new DeleteObjectCommand(named(key)))
      }),
    list: (prefix: string) => list(bucket, prefix),
    close: () => client.destroy(),
  })
}

function clientOf(settings: S3Settings): S3Client {
  const { region, endpoint, pathStyle, credentials, triesMax, connectMsMax, silenceMsMax } = settings
  return new S3Client({
    region,
    forcePathStyle: pathStyle,
    maxAttempts: triesMax,
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && {
      credentials: {
        accessKeyId: credentials.accessKeyId,
        secretAccessKey: credentials.secretAccessKey,
        ...(credentials.sessionToken !== undefined && { sessionToken: credentials.sessionToken }),
      },
    }),
    // What is sent is signed with its SHA-256, and what comes is authenticated chunk by chunk: further sums, which not
    // every store knows, would add nothing.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: connectMsMax, socketTimeout: silenceMsMax },
  })
}

async function* list(bucket: Bucket, prefix: string): AsyncGenerator<string, void, undefined> {
  const { client, keyPrefix } = bucket
  let token: string | undefined
  do {
    const page = await coded(() =>
      client.send(
        new ListObjectsV2Command({
          Bucket: bucket.bucket,
          Prefix: `${keyPrefix}${prefix}`,
          ...(token !== undefined && { ContinuationToken: token }),
        }),
      ),
    )
    const keys = (page.Contents ?? []).map(({ Key = '' }) => Key.slice(keyPrefix.length))
    // A bucket may hold what is not ours.
    yield* keys.filter(isBlobKey)
    if (page.IsTruncated === true && (page.NextContinuationToken ?? token) === token) throw refuseBlobs.failed()
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined
  } while (token !== undefined)
}

/** A failure of the bytes themselves stays what it is. */
async function sending<T>(
  bytes: AsyncIterable<Uint8Array>,
  work: (bytes: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const source = sourceOf(bytes)
  try {
    return await work(source.bytes)
  } catch (thrown) {
    throw source.blame(thrown, blobFailure)
  }
}

async function coded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw blobFailure(thrown)
  }
}
