import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { refuse } from './errors.ts'
import { makeFolder } from './folder.ts'
import { readSecretFile, writeSecretFile } from './secret-file.ts'
import { secretOnce } from './secret-once.ts'

/** The files of the audit logs in a state folder: the seeds of their keys, and the newest head of the anchor log seen. */
export interface AuditFiles {
  /**
   * Seeds of 32 bytes, the newest last; the first is made at the first call.
   * @throws files.key_missing when this host has seen a head and the seeds are gone; files.too_open, bad_seeds
   */
  seeds(): readonly Buffer[]
  /** Adds a seed: from the next start on, every log signs with keys that come from it. */
  addSeed(): void
  readonly anchor: { read(): string | undefined; write(checkpoint: string): void }
}

const seedForm = /^[A-Za-z0-9+/]{43}=$/
const seedBytes = 32

/** @throws files.not_writable, files.not_a_folder when the folders cannot be made */
export function auditFiles(stateFolder: string): AuditFiles {
  const [keys, audit] = [join(stateFolder, 'keys'), join(stateFolder, 'audit')]
  for (const folder of [keys, audit]) makeFolder(folder, 0o700)
  const [secret, head] = [join(keys, 'audit.seeds'), join(audit, 'head')]
  const text = (): string =>
    secretOnce(secret, () => {
      if (readSecretFile(head) !== undefined) throw refuse.key_missing({ detail: secret })
      return freshSeed()
    })
  return Object.freeze({
    seeds: () => seedsIn(text(), secret),
    addSeed: () => {
      const before = text()
      seedsIn(before, secret)
      writeSecretFile(secret, `${before}${freshSeed()}`)
    },
    anchor: Object.freeze({
      read: () => readSecretFile(head),
      write: (checkpoint: string) => writeSecretFile(head, checkpoint),
    }),
  })
}

function freshSeed(): string {
  return `${randomBytes(seedBytes).toString('base64')}\n`
}

function seedsIn(text: string, path: string): readonly Buffer[] {
  const lines = text.split('\n')
  if (lines.pop() !== '' || lines.length === 0 || !lines.every(line => seedForm.test(line))) {
    throw refuse.bad_seeds({ detail: `${path}: one line of base64 for each seed is expected.` })
  }
  return lines.map(line => Buffer.from(line, 'base64'))
}
