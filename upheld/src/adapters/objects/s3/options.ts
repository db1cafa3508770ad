import { z } from 'zod'
import { refuseBlobs } from '../../../foundation/objects/index.ts'

const mebibyte = 1024 * 1024

const s3Options = z.strictObject({
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket'),
  region: z.string().min(1).max(64),
  /** Such as https://minio.internal:9000. AWS's own unless told. */
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  /** True for stores that have no host name for each bucket. */
  pathStyle: z.boolean().default(false),
  /** Stands before every key, such as `upheld/`. */
  keyPrefix: z
    .string()
    .regex(/^([a-z0-9-]+\/)*$/, 'nothing, or folders that end with a slash')
    .default(''),
  /** AWS's own search for credentials (role, profile, variables) unless told. */
  credentials: z
    .strictObject({
      accessKeyId: z.string().min(1),
      secretAccessKey: z.string().min(1),
      sessionToken: z.string().min(1).optional(),
    })
    .optional(),
  /** S3 takes parts of 5 MiB to 5 GiB, all but the last. Three are held in memory. */
  partBytes: z
    .number()
    .int()
    .min(5 * mebibyte)
    .max(1024 * mebibyte)
    .default(8 * mebibyte),
  triesMax: z.number().int().min(1).max(10).default(3),
  connectMsMax: z.number().int().min(50).max(60_000).default(3_000),
  /** How long the store may say nothing, in an answer or before one. */
  silenceMsMax: z.number().int().min(50).max(300_000).default(15_000),
  /** A body may come slower than this for as long as it may be silent, and no longer. */
  bytesPerSecMin: z
    .number()
    .int()
    .min(1)
    .max(mebibyte)
    .default(16 * 1024),
})

export type S3Options = z.input<typeof s3Options>
export type S3Settings = z.output<typeof s3Options>

/** @throws blobs.bad_options */
export function parseS3Options(given: unknown): S3Settings {
  const read = s3Options.safeParse(given)
  if (!read.success) throw refuseBlobs.bad_options({ detail: z.prettifyError(read.error) })
  return read.data
}
