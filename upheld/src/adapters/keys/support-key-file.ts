import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { refuse } from '../../foundation/tenancy/index.ts'
import { secretOnce } from '../files/index.ts'

/**
 * The Ed25519 key (RFC 8032) that signs grants of support, made at the first call. With the file lost, grants that are out
 * open nothing any more; new ones are signed with the next key.
 * @throws tenancy.bad_key_file, files.too_open
 */
export function supportKeyFile(path: string): KeyObject {
  const text = secretOnce(path, () =>
    generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }),
  )
  let key: KeyObject
  try {
    key = createPrivateKey(text)
  } catch (cause) {
    throw refuse.bad_key_file({ detail: `${path} does not hold a private key.`, cause })
  }
  if (key.asymmetricKeyType !== 'ed25519')
    throw refuse.bad_key_file({ detail: `${path} does not hold an Ed25519 key.` })
  return key
}
