import type { UpheldError } from '../../../core/errors.ts'
import { refuseBlobs } from '../../../foundation/objects/index.ts'
import { systemCode } from '../../files/index.ts'

const reasons: Readonly<Record<string, keyof typeof refuseBlobs>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  ENOENT: 'no_place',
  ENOTDIR: 'not_plain',
  EISDIR: 'not_plain',
  ELOOP: 'not_plain',
  EEXIST: 'not_plain',
  ENXIO: 'not_plain',
  EIO: 'failed',
  EMFILE: 'unreachable',
  ENFILE: 'unreachable',
  ESTALE: 'unreachable',
}

/** What the system says of a file, as a store of blobs says it; anything else as it was thrown. The path is not told. */
export function blobFailure(thrown: unknown): unknown {
  const code = systemCode(thrown)
  const reason = reasons[code ?? '']
  return reason === undefined ? thrown : refusal(reason, code, thrown)
}

function refusal(reason: keyof typeof refuseBlobs, code: string | undefined, cause: unknown): UpheldError {
  return refuseBlobs[reason]({ detail: `The file system says ${code ?? 'nothing'}.`, cause })
}
