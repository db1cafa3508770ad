import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { transitRootKey, type TransitOptions } from '../../src/adapters/kms/index.ts'
import { systemClock } from '../../src/core/clock.ts'
import { rootKeyContract, type Bounds, type Rig } from './contract.ts'
import { assertQuiet, failureContract } from './failures.ts'
import { startTransit, type TransitServer } from './transit-server.ts'

interface TransitRig extends Rig {
  readonly service: TransitServer
  readonly tokenFile: string
  options(changes?: Partial<TransitOptions>): TransitOptions
}

async function transitRig(derived: boolean, namespace?: string): Promise<TransitRig> {
  const folder = mkdtempSync(join(tmpdir(), 'upheld-transit-'))
  const tokenFile = join(folder, 'token')
  const token = `hvs.${randomBytes(12).toString('hex')}`
  const service = await startTransit()
  service.tokens.set(token, namespace ?? '')
  writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 })
  service.addKey('upheld', derived)
  service.addKey('other', derived)
  const options = (changes: Partial<TransitOptions> = {}): TransitOptions => ({
    address: service.url,
    key: 'upheld',
    tokenFile,
    ...(namespace === undefined ? {} : { namespace }),
    ...changes,
  })
  return {
    service,
    tokenFile,
    options,
    open: (limits: Bounds = {}) => transitRootKey(options({ limits }), systemClock),
    openOther: () => transitRootKey(options({ key: 'other' }), systemClock),
    rotate: async () => service.rotate('upheld'),
    uri: /^transit:transit\/upheld#\d+$/,
    versioned: true,
    secrets: [token],
    async close() {
      await service.close()
      rmSync(folder, { recursive: true })
    },
  }
}

rootKeyContract('Transit, a derived key in a namespace', () => transitRig(true, 'teams/desk'))
rootKeyContract('Transit, a key that is not derived', () => transitRig(false))
failureContract('Transit', () => transitRig(true))

suite('a root key in Transit', () => {
  async function withRig(work: (rig: TransitRig) => Promise<void>, derived = true): Promise<void> {
    const rig = await transitRig(derived)
    try {
      await work(rig)
    } finally {
      await rig.close()
    }
  }
  const context = Buffer.from('transit')

  test('a key that binds no context is refused at opening: an old Vault ignores associated data', () =>
    withRig(async rig => {
      rig.service.old = true
      await assert.rejects(rig.open(), { code: 'kms.bad_options', detail: /binds none/ })
    }, false))

  test('a token that was renewed in its file is used at the next call', () =>
    withRig(async rig => {
      const root = await rig.open()
      const wrapped = await root.wrap(randomBytes(32), context)
      rig.service.tokens.clear()
      const thrown = await root.unwrap(wrapped, context).catch((error: unknown) => error)
      assert.equal(thrown instanceof Error && 'code' in thrown && thrown.code, 'kms.forbidden')
      assertQuiet(thrown, rig.secrets)
      rig.service.tokens.set('hvs.renewed', '')
      writeFileSync(rig.tokenFile, 'hvs.renewed')
      assert.equal((await root.unwrap(wrapped, context)).length, 32)
    }))

  test('a token that everybody may use, or that is none, is refused', () =>
    withRig(async rig => {
      chmodSync(rig.tokenFile, 0o604)
      await assert.rejects(rig.open(), { code: 'kms.bad_options', detail: /Everybody/ })
      chmodSync(rig.tokenFile, 0o640)
      assert.ok(await rig.open())
      for (const text of ['', 'a b', 'a\nx-vault-namespace: root', 'é']) {
        writeFileSync(rig.tokenFile, text)
        const thrown = await rig.open().catch((error: unknown) => error)
        assert.match(String(thrown), /holds no token/)
      }
      rmSync(rig.tokenFile)
      await assert.rejects(rig.open(), { code: 'kms.bad_options' })
    }))

  test('a version below the floor of the service does not open, and says why', () =>
    withRig(async rig => {
      const root = await rig.open()
      const wrapped = await root.wrap(randomBytes(32), context)
      rig.service.rotate('upheld')
      rig.service.setMinDecryptionVersion('upheld', 2)
      await assert.rejects(root.unwrap(wrapped, context), { code: 'kms.key_disabled' })
      rig.service.setMinDecryptionVersion('upheld', 1)
      assert.equal((await root.unwrap(wrapped, context)).length, 32)
    }))

  test('a key that is not there, or was deleted, is named missing', () =>
    withRig(async rig => {
      await assert.rejects(transitRootKey(rig.options({ key: 'absent' }), systemClock), { code: 'kms.key_missing' })
      await assert.rejects(transitRootKey(rig.options({ mount: 'elsewhere' }), systemClock), {
        code: 'kms.key_missing',
      })
      const root = await rig.open()
      const wrapped = await root.wrap(randomBytes(32), context)
      rig.service.deleteKey('upheld')
      await assert.rejects(root.unwrap(wrapped, context), { code: 'kms.key_missing' })
    }))

  test('another namespace is forbidden', () =>
    withRig(rig =>
      assert.rejects(transitRootKey(rig.options({ namespace: 'a' }), systemClock), { code: 'kms.forbidden' }),
    ))

  const wrong: readonly [string, Record<string, unknown>][] = [
    ['plain http to another machine', { address: 'http://vault.example:8200' }],
    ['a password in the address', { address: 'https://ada:secret@vault.example' }],
    ['no address', { address: 'vault' }],
    ['a file as address', { address: 'file:///etc/passwd' }],
    ['a mount that climbs', { mount: '../sys' }],
    ['a key with a slash', { key: 'a/b' }],
    ['a misspelt option', { nameSpace: 'a' }],
    ['certificates that are not there', { caFile: '/nowhere/ca.pem' }],
    ['one try that is longer than the call', { limits: { attemptMs: 5_000, totalMs: 1_000 } }],
  ]
  for (const [what, changes] of wrong) {
    test(`${what} is refused before any call`, () =>
      withRig(async rig => {
        const thrown = await transitRootKey({ ...rig.options(), ...changes }, systemClock).catch(
          (error: unknown) => error,
        )
        assert.equal(thrown instanceof Error && 'code' in thrown && thrown.code, 'kms.bad_options')
        assertQuiet(thrown, ['secret'])
        assert.equal(rig.service.calls(), 0)
      }))
  }
})
