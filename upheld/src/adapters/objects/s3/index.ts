export { s3Blobs } from './s3.ts'
export type { S3Options } from './options.ts'
