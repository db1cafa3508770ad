import { createHash, randomBytes } from 'node:crypto'
import { isAbsolute } from 'node:path'
import type * as pkcs11js from 'pkcs11js'
import { z } from 'zod'
import type { Clock } from '../../../core/clock.ts'
import type { RootKey } from '../../../foundation/vault/index.ts'
import { readOwnFile } from '../../files/index.ts'
import { refuse } from '../errors.ts'
import { remoteLimits, type Outcome } from '../remote.ts'
import { loadClient, readOptions, serviceRootKey, type Service } from '../service.ts'
import { nameOf, refusalOf } from './refusals.ts'
import { keysOf, slotOf, type Handle, type Library, type TokenKey } from './token.ts'

const form = z.strictObject({
  /** The absolute path of the module that the maker of the token gives, such as /usr/lib/softhsm/libsofthsm2.so. */
  module: z.string().refine(isAbsolute, 'must be an absolute path'),
  /** The label of the token. */
  token: z.string().regex(/^[\w .-]{1,32}$/),
  /** The label of the AES-256 keys; the number in CKA_ID is their version. */
  key: z.string().regex(/^[\w.-]{1,100}$/),
  /** A file of mode 0600 with the PIN of the user. */
  pinFile: z.string().min(1),
  limits: remoteLimits.prefault({}),
})
export type Pkcs11Options = z.input<typeof form>

/** Before nonce, ciphertext and tag: format (1 byte) and version (6 bytes). */
const headBytes = 7
const format = 1
const ivBytes = 12
const tagBytes = 16
const wrappedBytes = headBytes + ivBytes + 32 + tagBytes
const pinBytesMax = 256
const label = 'upheld pkcs11 wrap\0'
const unclear = new Set(['CKR_GENERAL_ERROR', 'CKR_FUNCTION_FAILED', 'CKR_DEVICE_ERROR'])
/** CKS_RO_USER_FUNCTIONS and CKS_RW_USER_FUNCTIONS (PKCS#11 v2.40, section 3.4). */
const loggedIn = new Set([1, 3])

interface Token {
  readonly library: Library
  readonly module: pkcs11js.PKCS11
  readonly options: z.output<typeof form>
  /** Kept open: a token logs everybody out when its last session is closed. */
  keeper: Handle | undefined
  /** A PIN that was wrong, as a hash: a second try would bring the token nearer to being locked. */
  wrongPin: string | undefined
}

/**
 * The root key in a token that speaks PKCS#11: CKM_AES_GCM with a random nonce, the SHA-256 of our context as its
 * associated data. The key stays in the token. At most 2^32 wraps for one version: rotate long before.
 * @throws kms.no_client, kms.bad_options, kms.forbidden, kms.key_missing, files.too_open
 */
export async function pkcs11RootKey(options: Pkcs11Options, clock: Clock): Promise<RootKey> {
  const read = readOptions(form, options)
  readPin(read.pinFile)
  const library = await loadClient('pkcs11js, and approve its build', async () => (await import('pkcs11js')).default)
  const token: Token = {
    library,
    module: loadModule(library, read.module),
    options: read,
    keeper: undefined,
    wrongPin: undefined,
  }
  let newest: number | undefined
  const service: Service = {
    uri: () => `pkcs11:token=${read.token};object=${read.key}${newest === undefined ? '' : `#${newest}`}`,
    wrap: (key, context) =>
      inSession(token, async session => {
        const last = keysOf(library, token.module, session, read.key).at(-1)
        if (last === undefined) return { refusal: refuse.key_missing(), again: false }
        newest = last.version
        return { value: await wrapWith(token, session, last.handle, last.version, key, context) }
      }),
    unwrap: (wrapped, context) => inSession(token, session => unwrapIn(token, session, wrapped, context)),
  }
  return serviceRootKey(clock, read.limits, service)
}

async function unwrapIn(token: Token, session: Handle, wrapped: Buffer, context: Buffer): Promise<Outcome<Buffer>> {
  if (wrapped.length !== wrappedBytes || wrapped[0] !== format) return { refusal: refuse.denied(), again: false }
  const version = wrapped.readUIntBE(1, 6)
  const keys = keysOf(token.library, token.module, session, token.options.key)
  const found = keys.find(one => one.version === version)
  if (found === undefined) {
    return { refusal: refuse.denied({ detail: `The token has no version ${version} of the key.` }), again: false }
  }
  try {
    return { value: await unwrapWith(token, session, found.handle, wrapped, context) }
  } catch (thrown) {
    // Some modules, SoftHSM among them, say this of a tag that does not fit as of a device that fails. What the key can
    // do tells the two apart.
    if (!unclear.has(nameOf(thrown)) || !(await works(token, found))) throw thrown
    return { refusal: refuse.denied(), again: false }
  }
}

/** Whether the key opens what it has just sealed. */
async function works(token: Token, { handle, version }: TokenKey): Promise<boolean> {
  const [key, context] = [randomBytes(32), randomBytes(32)]
  const outcome = await inSession(token, async session => {
    const wrapped = await wrapWith(token, session, handle, version, key, context)
    return { value: await unwrapWith(token, session, handle, wrapped, context) }
  })
  return 'value' in outcome && outcome.value.equals(key)
}

/** @throws kms.bad_options when the file is no module of PKCS#11 */
function loadModule(library: Library, path: string): pkcs11js.PKCS11 {
  const module = new library.PKCS11()
  try {
    module.load(path)
    // Calls run on threads of their own: the module is to lock with what the system has.
    module.C_Initialize({ flags: library.CKF_OS_LOCKING_OK })
  } catch (thrown) {
    // Another root key of this process may use it already.
    if (nameOf(thrown) !== 'CKR_CRYPTOKI_ALREADY_INITIALIZED') {
      throw refuse.bad_options({ detail: `${path} is no module of PKCS#11 that starts: ${nameOf(thrown)}.` })
    }
  }
  return module
}

/** A session of its own for each try: one that is given up may still be at work. */
async function inSession<T>(token: Token, work: (session: Handle) => Promise<Outcome<T>>): Promise<Outcome<T>> {
  const { module, library } = token
  let session: Handle | undefined
  try {
    const slot = slotOf(module, token.options.token)
    logIn(token, slot)
    session = module.C_OpenSession(slot, library.CKF_SERIAL_SESSION)
    return await work(session)
  } catch (thrown) {
    return refusalOf(thrown)
  } finally {
    if (session !== undefined) closeQuietly(module, session)
  }
}

function logIn(token: Token, slot: Handle): void {
  const { module, library } = token
  if (token.keeper !== undefined && isLoggedIn(token, token.keeper)) return
  if (token.keeper !== undefined) closeQuietly(module, token.keeper)
  token.keeper = undefined
  const pin = readPin(token.options.pinFile)
  const hash = createHash('sha256').update(pin).digest('hex')
  if (hash === token.wrongPin) throw refuse.forbidden({ detail: 'This PIN was wrong before; it is not tried again.' })
  const keeper = module.C_OpenSession(slot, library.CKF_SERIAL_SESSION)
  try {
    module.C_Login(keeper, library.CKU_USER, pin)
  } catch (thrown) {
    if (nameOf(thrown) !== 'CKR_USER_ALREADY_LOGGED_IN') {
      closeQuietly(module, keeper)
      if (nameOf(thrown).startsWith('CKR_PIN_')) token.wrongPin = hash
      throw thrown
    }
  }
  token.keeper = keeper
}

function isLoggedIn({ module }: Token, session: Handle): boolean {
  try {
    const { state } = module.C_GetSessionInfo(session)
    return loggedIn.has(state)
  } catch {
    return false
  }
}

function closeQuietly(module: pkcs11js.PKCS11, session: Handle): void {
  try {
    module.C_CloseSession(session)
  } catch {
    // The token that it was of is gone.
  }
}

async function wrapWith(
  token: Token,
  session: Handle,
  handle: Handle,
  version: number,
  key: Buffer,
  context: Buffer,
): Promise<Buffer> {
  const head = Buffer.alloc(headBytes)
  head.writeUInt8(format, 0)
  head.writeUIntBE(version, 1, 6)
  const iv = randomBytes(ivBytes)
  token.module.C_EncryptInit(session, mechanism(token.library, iv, head, context), handle)
  const sealed = await token.module.C_EncryptAsync(session, key, Buffer.alloc(key.length + tagBytes))
  return Buffer.concat([head, iv, sealed])
}

async function unwrapWith(
  token: Token,
  session: Handle,
  handle: Handle,
  wrapped: Buffer,
  context: Buffer,
): Promise<Buffer> {
  const [head, iv] = [wrapped.subarray(0, headBytes), wrapped.subarray(headBytes, headBytes + ivBytes)]
  token.module.C_DecryptInit(session, mechanism(token.library, iv, head, context), handle)
  const sealed = wrapped.subarray(headBytes + ivBytes)
  return Buffer.from(await token.module.C_DecryptAsync(session, sealed, Buffer.alloc(sealed.length)))
}

/** Associated data of 32 bytes, whatever the context: tokens differ in how much they take. */
function mechanism(library: Library, iv: Buffer, head: Buffer, context: Buffer): pkcs11js.Mechanism {
  const aad = createHash('sha256').update(label).update(head).update(context).digest()
  const bits = { ivBits: ivBytes * 8, tagBits: tagBytes * 8 }
  const parameter: pkcs11js.AesGCM = { type: library.CK_PARAMS_AES_GCM_v240, iv, aad, ...bits }
  return { mechanism: library.CKM_AES_GCM, parameter }
}

/** @throws kms.bad_options, files.too_open, files.not_a_file */
function readPin(path: string): string {
  const pin = readOwnFile(path, pinBytesMax)
    ?.toString('utf8')
    .replace(/\r?\n$/, '')
  if (pin === undefined || pin === '') throw refuse.bad_options({ detail: `There is no PIN in ${path}.` })
  return pin
}
