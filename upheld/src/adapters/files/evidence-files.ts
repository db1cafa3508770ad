import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileRefusal, refuse } from './errors.ts'
import { readSecretFile, writeSecretFile } from './secret-file.ts'
import { secretOnce } from './secret-once.ts'

/** The files of the evidence log in a state folder: its key, what others may read of it, and the newest head seen. */
export interface EvidenceFiles {
  readonly key: { keep(make: () => string): string; publish(verifierKey: string): void }
  readonly anchor: { read(): string | undefined; write(checkpoint: string): void }
}

/**
 * @throws files.not_writable, files.not_a_folder when the folders cannot be made; files.key_missing from `keep` when
 *   this host has seen a head and its key is gone
 */
export function evidenceFiles(stateFolder: string): EvidenceFiles {
  const [keys, evidence] = [join(stateFolder, 'keys'), join(stateFolder, 'evidence')]
  for (const folder of [keys, evidence]) makeFolder(folder)
  const [secret, open, head] = [join(keys, 'evidence.key'), join(keys, 'evidence.pub'), join(evidence, 'head')]
  return Object.freeze({
    key: Object.freeze({
      keep: (make: () => string) =>
        secretOnce(secret, () => {
          // A new key beside a head that another one signed would only be found out later, and in other words.
          if (readSecretFile(head) !== undefined) throw refuse.key_missing({ detail: secret })
          return make()
        }),
      publish: (verifierKey: string) => publish(open, verifierKey),
    }),
    anchor: Object.freeze({
      read: () => readSecretFile(head),
      write: (checkpoint: string) => writeSecretFile(head, checkpoint),
    }),
  })
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw fileRefusal(cause, path) ?? cause
  }
}

function publish(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o644 })
  } catch (cause) {
    throw fileRefusal(cause, path) ?? cause
  }
}
