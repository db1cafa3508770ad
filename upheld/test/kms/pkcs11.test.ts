import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmodSync, writeFileSync } from 'node:fs'
import { after, before, suite, test } from 'node:test'
import { pkcs11RootKey, type Pkcs11Options } from '../../src/adapters/kms/index.ts'
import { systemClock } from '../../src/core/clock.ts'
import { present, rootKeyContract, type Bounds, type Rig } from './contract.ts'
import { assertQuiet } from './failures.ts'
import { startSoftToken, withoutPkcs11, type SoftToken } from './softhsm.ts'

const reason = withoutPkcs11()
const held: { token?: SoftToken } = {}
const token = (): SoftToken => (held.token ??= startSoftToken())
after(() => held.token?.close())

function options(changes: Partial<Pkcs11Options> = {}): Pkcs11Options {
  const { module, label, pinFile } = token()
  return { module, token: label, key: 'root', pinFile, ...changes }
}

async function tokenRig(): Promise<Rig> {
  let version = 1
  for (const name of ['root', 'other']) token().addKey(name, version)
  return {
    open: (limits: Bounds = {}) => pkcs11RootKey(options({ limits }), systemClock),
    openOther: () => pkcs11RootKey(options({ key: 'other' }), systemClock),
    rotate: async () => token().addKey('root', ++version),
    uri: /^pkcs11:token=upheld-test;object=root#\d+$/,
    versioned: true,
    secrets: [token().pin],
    close: async () => undefined,
  }
}

rootKeyContract('PKCS#11, a token of SoftHSM', tokenRig, reason)

suite('a root key in a token', { skip: reason }, () => {
  const context = Buffer.from('pkcs11')
  before(() => token().addKey('own', 1))

  test('a key that can leave its token is refused', async () => {
    token().addKey('loose', 1, ['--extractable'])
    await assert.rejects(pkcs11RootKey(options({ key: 'loose' }), systemClock), { code: 'kms.bad_options' })
  })

  test('a key of 128 bits, and two keys of one version, are refused', async () => {
    token().addKey('short', 1, ['--sensitive', '--key-type', 'AES:16'])
    await assert.rejects(pkcs11RootKey(options({ key: 'short' }), systemClock), { code: 'kms.bad_options' })
    for (let each = 0; each < 2; each++) token().addKey('twin', 1)
    await assert.rejects(pkcs11RootKey(options({ key: 'twin' }), systemClock), {
      code: 'kms.bad_options',
      detail: /same id/,
    })
  })

  test('a version that was removed from the token opens nothing; the others do', async () => {
    const root = await pkcs11RootKey(options({ key: 'own' }), systemClock)
    const old = await root.wrap(randomBytes(32), context)
    token().addKey('own', 2)
    const fresh = await root.wrap(randomBytes(32), context)
    token().removeKey('own', 1)
    await assert.rejects(root.unwrap(old, context), { code: 'kms.denied' })
    assert.equal((await root.unwrap(fresh, context)).length, 32)
  })

  test('fifty calls at once all come back right', async () => {
    const root = await pkcs11RootKey(options({ key: 'own' }), systemClock)
    const keys = Array.from({ length: 50 }, () => randomBytes(32))
    const wrapped = await Promise.all(keys.map(key => root.wrap(key, context)))
    const opened = await Promise.all(wrapped.map(one => root.unwrap(one, context)))
    assert.deepEqual(
      opened.map(one => Buffer.from(one)),
      keys,
    )
  })

  test('a token and a key that are not there, a module that is none, a PIN that others can read', async () => {
    await assert.rejects(pkcs11RootKey(options({ token: 'absent' }), systemClock), { code: 'kms.key_missing' })
    await assert.rejects(pkcs11RootKey(options({ key: 'absent' }), systemClock), { code: 'kms.key_missing' })
    for (const module of ['/nowhere/module.so', '/etc/passwd', 'libsofthsm2.so']) {
      await assert.rejects(pkcs11RootKey(options({ module }), systemClock), { code: 'kms.bad_options' }, module)
    }
    chmodSync(token().pinFile, 0o644)
    await assert.rejects(pkcs11RootKey(options(), systemClock), { code: 'files.too_open' })
    chmodSync(token().pinFile, 0o600)
  })

  test('what the module is told to do with a wrong PIN, it is told once', async () => {
    const { pin, pinFile } = present(held.token)
    // A process of its own: in this one the user is logged in already.
    const { execFileSync } = await import('node:child_process')
    writeFileSync(pinFile, '00000000')
    const program = `
      import { pkcs11RootKey } from '${new URL('../../src/adapters/kms/index.ts', import.meta.url).href}'
      import { systemClock } from '${new URL('../../src/core/clock.ts', import.meta.url).href}'
      import { inspect } from 'node:util'
      const options = ${JSON.stringify(options())}
      const error = await pkcs11RootKey(options, systemClock).catch(error => error)
      console.log(inspect(error, { depth: 9 }))
      process.exit(0)`
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
    writeFileSync(pinFile, pin)
    assert.match(said, /kms\.forbidden/)
    assert.match(said, /CKR_PIN_INCORRECT/)
    assertQuiet(said, ['00000000', pin])
  })
})
