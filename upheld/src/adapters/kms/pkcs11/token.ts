import type * as pkcs11js from 'pkcs11js'
import { refuse } from '../errors.ts'

export type Library = typeof pkcs11js
export type Handle = pkcs11js.Handle

/** One AES key in the token, by its CKA_ID read as a number: its version. */
export interface TokenKey {
  readonly version: number
  readonly handle: Handle
}

const keysMax = 100
const idBytesMax = 6

/** The slot whose token has this label. @throws kms.key_missing, or what the module throws */
export function slotOf(module: pkcs11js.PKCS11, token: string): Handle {
  const slots = module.C_GetSlotList(true).filter(slot => module.C_GetTokenInfo(slot).label.trim() === token)
  const [slot] = slots
  if (slot === undefined) throw refuse.key_missing({ detail: `No token is called "${token}".` })
  if (slots.length > 1) throw refuse.bad_options({ detail: `${slots.length} tokens are called "${token}".` })
  return slot
}

/**
 * Every AES-256 key with this label, oldest version first. One that could leave the token is refused: then the token
 * would protect nothing.
 * @throws kms.key_missing, kms.bad_options
 */
export function keysOf(library: Library, module: pkcs11js.PKCS11, session: Handle, label: string): readonly TokenKey[] {
  module.C_FindObjectsInit(session, [
    { type: library.CKA_CLASS, value: library.CKO_SECRET_KEY },
    { type: library.CKA_LABEL, value: label },
  ])
  let handles: Handle[]
  try {
    handles = module.C_FindObjects(session, keysMax)
  } finally {
    module.C_FindObjectsFinal(session)
  }
  const keys = handles.map(handle => keyOf(library, module, session, handle)).sort((a, b) => a.version - b.version)
  if (keys.length === 0) throw refuse.key_missing({ detail: `The token has no secret key "${label}".` })
  if (new Set(keys.map(({ version }) => version)).size < keys.length) {
    throw refuse.bad_options({ detail: `Two keys "${label}" have the same id.` })
  }
  return keys
}

function keyOf(library: Library, module: pkcs11js.PKCS11, session: Handle, handle: Handle): TokenKey {
  const wanted = [library.CKA_ID, library.CKA_KEY_TYPE, library.CKA_SENSITIVE, library.CKA_EXTRACTABLE]
  const found = module.C_GetAttributeValue(
    session,
    handle,
    wanted.map(type => ({ type })),
  )
  const [id, type, sensitive, extractable] = found.map(({ value }) =>
    Buffer.isBuffer(value) ? value : Buffer.alloc(0),
  )
  if (id === undefined || id.length === 0 || id.length > idBytesMax) {
    throw refuse.bad_options({ detail: 'The key has no id of 1 to 6 bytes, which is its version.' })
  }
  // CK_ULONG has the machine's own order and size.
  if (type?.[0] !== library.CKK_AES) throw refuse.bad_options({ detail: 'The key is no AES key.' })
  if (sensitive?.[0] !== 1 || extractable?.[0] !== 0) {
    throw refuse.bad_options({ detail: 'The key can leave its token: make one that is sensitive and not extractable.' })
  }
  const size = module.C_GetAttributeValue(session, handle, [{ type: library.CKA_VALUE_LEN }])[0]?.value
  if (!Buffer.isBuffer(size) || size[0] !== 32) throw refuse.bad_options({ detail: 'The key is not one of 256 bits.' })
  return { version: id.readUIntBE(0, id.length), handle }
}
