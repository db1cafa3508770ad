import { randomUUID } from 'node:crypto'
import { refuse } from '../../foundation/tenancy/index.ts'
import { secretOnce } from '../files/index.ts'

const form = /^[0-9a-f-]{36}$/

/**
 * The name of this installation, made at the first call. It is bound into every seal, so that two installations that
 * share a root key cannot open each other's values. No secret, but whoever changes it closes everything.
 * @throws tenancy.bad_key_file, files.too_open
 */
export function deploymentFile(path: string): string {
  const name = secretOnce(path, () => `${randomUUID()}\n`).trimEnd()
  if (!form.test(name)) throw refuse.bad_key_file({ detail: `${path} does not hold the name of an installation.` })
  return name
}
