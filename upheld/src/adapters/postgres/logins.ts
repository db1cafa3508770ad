import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { readSecretFile, writeSecretFile } from '../files/index.ts'
import { refuse } from './errors.ts'

/** The passwords of the database's logins, by role, in one file with mode 0600. */
interface Logins {
  passwordOf(role: string): string | undefined
  /** The password of a role, made and kept when there is none yet: 256 bits, letters and digits that need no escape in a URL. */
  ensure(role: string): string
}

const form = z.record(z.string(), z.string().min(20))

/** The caller holds the lock of the state folder: two writers at once would lose a password. */
export function openLogins(path: string): Logins {
  return Object.freeze({
    passwordOf: (role: string) => read(path)[role],
    ensure(role: string) {
      const known = read(path)
      const password = known[role] ?? randomBytes(32).toString('base64url')
      if (known[role] === undefined)
        writeSecretFile(path, `${JSON.stringify({ ...known, [role]: password }, null, 2)}\n`)
      return password
    },
  })
}

function read(path: string): Readonly<Record<string, string>> {
  const text = readSecretFile(path)
  if (text === undefined) return {}
  try {
    return form.parse(JSON.parse(text))
  } catch (cause) {
    throw refuse.bad_logins({ detail: path, cause })
  }
}
