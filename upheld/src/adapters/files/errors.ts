import { defineErrors, type UpheldError } from '../../core/errors.ts'

export const refuse = defineErrors('files', {
  not_writable: {
    status: 500,
    public: 'This place cannot be written to by the account that Upheld runs as.',
    mend: 'Look at its owner and rights, or choose another place.',
  },
  disk_full: { status: 507, public: 'The disk is full.', mend: 'Make room, then start again.' },
  not_a_folder: { status: 500, public: 'A folder is needed here, and something else is in its place.' },
  not_a_file: {
    status: 500,
    public: 'A file is needed here, and something else is in its place.',
    mend: 'Name a file.',
  },
  no_folder: { status: 500, public: 'The folder does not exist.' },
  too_open: {
    status: 500,
    public: 'A file or a folder with secrets can be used by others than its owner.',
    mend: 'Set it right with chmod 600, a folder with chmod 700, and chown; if others may have read it, replace the secret.',
  },
  bad_lock: {
    status: 500,
    public: 'There is a file in the place of a lock that is not a lock.',
    mend: 'Move it away.',
  },
  key_missing: {
    status: 500,
    public: 'The key that signed the evidence of this host is missing, and no other can take its place.',
    mend: 'Put the key file back. If it is lost, keep this folder as it is and begin anew in another, with --state.',
  },
  bad_seeds: {
    status: 500,
    public: 'The file with the seeds of the audit logs holds something else.',
    mend: 'Put back the file that belongs to this database: nothing else can continue its logs.',
  },
  locked: { status: 409, public: 'Upheld is already at work here.', mend: 'Use that one, or end it first.' },
})

const reasons: Readonly<Record<string, keyof typeof refuse>> = {
  EACCES: 'not_writable',
  EPERM: 'not_writable',
  EROFS: 'not_writable',
  ENOSPC: 'disk_full',
  EDQUOT: 'disk_full',
  ENOTDIR: 'not_a_folder',
  ENOENT: 'no_folder',
  EEXIST: 'not_a_folder',
  EISDIR: 'not_a_file',
}

/** The system's error code, such as ENOENT; undefined for anything that is not a system error. */
export function systemCode(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined
}

/** What a failed write means to the person who owns the disk; undefined when it is none of the common cases. */
export function fileRefusal(thrown: unknown, path: string): UpheldError | undefined {
  const reason = reasons[systemCode(thrown) ?? '']
  return reason === undefined ? undefined : refuse[reason]({ detail: path, cause: thrown })
}
