import { S3ServiceException } from '@aws-sdk/client-s3'
import { messageOf, UpheldError } from '../../../core/errors.ts'
import { refuseBlobs } from '../../../foundation/objects/index.ts'

const denied = new Set([
  'AccessDenied',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'RequestTimeTooSkewed',
  'ExpiredToken',
  'InvalidToken',
  'CredentialsProviderError',
])
const full = new Set(['QuotaExceeded', 'StorageFull', 'XMinioStorageFull', 'EntityTooLarge'])
const unreachable = new Set([
  'TimeoutError',
  'AbortError',
  'SlowDown',
  'ServiceUnavailable',
  'InternalError',
  'RequestTimeout',
  'OperationAborted',
  'ConditionalRequestConflict',
])
const network = /^(E(CONN|HOST|NET|TIMEDOUT|PIPE|AI_AGAIN)|ENOTFOUND)/

/** What the bucket or the way to it says, as a store of blobs says it. Keys and addresses are not told. */
export function blobFailure(thrown: unknown): UpheldError {
  if (thrown instanceof UpheldError) return thrown
  const name = thrown instanceof Error ? thrown.name : ''
  const status = statusOf(thrown) ?? 0
  const context = { detail: `The store says ${name}${status === 0 ? '' : ` (${status})`}.`, cause: thrown }
  if (name === 'NoSuchBucket' || name === 'PermanentRedirect') return refuseBlobs.no_place(context)
  if (full.has(name) || status === 507) return refuseBlobs.full(context)
  if (denied.has(name) || status === 401 || status === 403) return refuseBlobs.denied(context)
  if (status === 416) return refuseBlobs.cut(context)
  const isNetwork = network.test(systemCodeOf(thrown)) || /socket hang up|aborted/.test(messageOf(thrown))
  if (unreachable.has(name) || isNetwork || status >= 500 || status === 429) return refuseBlobs.unreachable(context)
  return refuseBlobs.failed(context)
}

/** The HTTP status of an answer that was a refusal; undefined when there was no such answer. */
export function statusOf(thrown: unknown): number | undefined {
  return thrown instanceof S3ServiceException ? thrown.$metadata.httpStatusCode : undefined
}

/** 404 of the object. A bucket that is not there is another matter. */
export function isAbsent(thrown: unknown): boolean {
  return statusOf(thrown) === 404 && thrown instanceof Error && thrown.name !== 'NoSuchBucket'
}

function systemCodeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
}
