import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { inspect } from 'node:util'
import { newOrganizationId } from '../../src/core/ids.ts'
import { rewrapRoot, type RootKey } from '../../src/foundation/vault/index.ts'
import { testKeys, token, vaultOver } from '../vault-keys/keys.ts'
import type { StandIn } from './stand-in.ts'

/** Bounds that make a failing service fail soon. */
export interface Bounds {
  readonly attemptsMax?: number
  readonly attemptMs?: number
  readonly totalMs?: number
  readonly inFlightMax?: number
}

/** One provider with what is needed to try it. */
export interface Rig {
  open(bounds?: Bounds): Promise<RootKey>
  /** Of the same provider, another key. */
  openOther(): Promise<RootKey>
  /** Gives the root key a new version. */
  rotate(): Promise<void>
  readonly uri: RegExp
  /** False where the service gives its versions no number that its answers show. */
  readonly versioned: boolean
  /** Where there is a network in between. */
  readonly service?: StandIn
  /** Tokens, pins and keys: what no text may hold. */
  readonly secrets: readonly string[]
  close(): Promise<void>
}

/** What every provider of a root key does and refuses. */
export function rootKeyContract(name: string, start: () => Promise<Rig>, skip: string | false = false): void {
  void suite(`a root key: ${name}`, { skip }, () => {
    const held: { rig?: Rig; root?: RootKey } = {}
    before(async () => {
      held.rig = await start()
      held.root = await held.rig.open()
    })
    after(() => held.rig?.close())
    const rig = (): Rig => present(held.rig)
    const root = (): RootKey => present(held.root)
    binding(rig, root)
    refusals(root)
    versions(rig)
    successors(rig)
  })
}

function binding(rig: () => Rig, root: () => RootKey): void {
  const context = contextFor('aaaaaaaa-0000-4000-8000-000000000001')

  void test('a key comes back with its context, and no two wraps of it are equal', async () => {
    const key = randomBytes(32)
    const [one, two] = [await root().wrap(key, context), await root().wrap(key, context)]
    assert.notDeepEqual(one, two)
    assert.equal(Buffer.from(one).includes(key), false)
    for (const wrapped of [one, two]) assert.deepEqual(Buffer.from(await root().unwrap(wrapped, context)), key)
  })

  void test('a wrapped key of one organization does not open as the key of another', async () => {
    const wrapped = await root().wrap(randomBytes(32), context)
    const other = contextFor('aaaaaaaa-0000-4000-8000-000000000002')
    await assert.rejects(root().unwrap(wrapped, other), { code: 'kms.denied' })
  })

  void test('a context that is cut, longer, or differs in one bit is refused', async () => {
    const wrapped = await root().wrap(randomBytes(32), context)
    const bent = Buffer.from(context)
    bent[0] = (bent[0] ?? 0) ^ 1
    for (const wrong of [bent, context.subarray(0, -1), context.subarray(1), Buffer.concat([context, Buffer.of(0)])]) {
      await assert.rejects(root().unwrap(wrapped, wrong), { code: 'kms.denied' })
    }
  })

  void test('a wrapped key with any one byte changed is refused', async () => {
    const wrapped = Buffer.from(await root().wrap(randomBytes(32), context))
    for (let at = 0; at < wrapped.length; at++) {
      const bent = Buffer.from(wrapped)
      bent[at] = (bent[at] ?? 0) ^ 1
      await assert.rejects(root().unwrap(bent, context), { code: 'kms.denied' }, `byte ${at}`)
    }
  })

  void test('a wrapped key that is cut anywhere, or goes on, is refused', async () => {
    const wrapped = Buffer.from(await root().wrap(randomBytes(32), context))
    for (let length = 0; length < wrapped.length; length++) {
      await assert.rejects(
        root().unwrap(wrapped.subarray(0, length), context),
        { code: 'kms.denied' },
        `${length} bytes`,
      )
    }
    for (const more of [Buffer.of(0), Buffer.from('A'), randomBytes(5_000)]) {
      await assert.rejects(root().unwrap(Buffer.concat([wrapped, more]), context), { code: 'kms.denied' })
    }
  })

  void test('what another root key wrapped is refused', async () => {
    const other = await rig().openOther()
    const wrapped = await other.wrap(randomBytes(32), context)
    await assert.rejects(root().unwrap(wrapped, context), { code: 'kms.denied' })
  })

  void test('the caller may wipe what it gave and what it got', async () => {
    const key = randomBytes(32)
    const given = Buffer.from(key)
    const bytes = Buffer.from(context)
    const wrapping = root().wrap(given, bytes)
    given.fill(0)
    bytes.fill(0)
    const wrapped = await wrapping
    const [one, two] = await Promise.all([root().unwrap(wrapped, context), root().unwrap(wrapped, context)])
    one.fill(0)
    assert.deepEqual(Buffer.from(two), key)
  })
}

function refusals(root: () => RootKey): void {
  for (const length of [0, 16, 31, 33, 64, 1_000_000]) {
    void test(`a key of ${length} bytes is refused`, () =>
      assert.rejects(root().wrap(Buffer.alloc(length), Buffer.from('x')), { code: 'kms.bad_input' }))
  }
  void test('a context of 1 KiB is bound, one byte more is refused, and none at all too', async () => {
    const [key, most] = [randomBytes(32), randomBytes(1024)]
    assert.deepEqual(Buffer.from(await root().unwrap(await root().wrap(key, most), most)), key)
    for (const wrong of [randomBytes(1025), Buffer.alloc(0)]) {
      await assert.rejects(root().wrap(key, wrong), { code: 'kms.bad_input' })
      await assert.rejects(root().unwrap(randomBytes(100), wrong), { code: 'kms.bad_input' })
    }
  })
}

function versions(rig: () => Rig): void {
  void test('its name stays, tells the version, and holds no secret', async () => {
    const [one, two] = [await rig().open(), await rig().open()]
    assert.equal(one.uri, two.uri)
    assert.match(one.uri, rig().uri)
    for (const text of [one.uri, inspect(one, { depth: 9, showHidden: true }), JSON.stringify(one)]) {
      for (const secret of rig().secrets) assert.equal(text.includes(secret), false)
    }
  })

  void test('after the root was rotated, what its older version wrapped still opens', async () => {
    const context = Buffer.from('rotation')
    const [key, later] = [randomBytes(32), randomBytes(32)]
    const running = await rig().open()
    const before = running.uri
    const old = await running.wrap(key, context)
    await rig().rotate()
    const fresh = await running.wrap(later, context)
    const opened = await rig().open()
    for (const root of [running, opened]) {
      assert.deepEqual(Buffer.from(await root.unwrap(old, context)), key)
      assert.deepEqual(Buffer.from(await root.unwrap(fresh, context)), later)
    }
    if (rig().versioned) assert.notEqual(opened.uri, before)
    assert.equal(running.uri, opened.uri)
  })
}

function successors(rig: () => Rig): void {
  void test('KEKs go under a new version, then under another key of the service, and then need the first no more', async () => {
    const keys = testKeys()
    const [organization, place] = [newOrganizationId(), { ...token, row: 'one' }]
    const opens = async (root: RootKey): Promise<string> => {
      const vault = vaultOver({ ...keys.ports, root })
      try {
        return (await vault.open(organization, place, envelope)).reveal()
      } finally {
        vault.close()
      }
    }
    const first = await rig().open()
    const vault = vaultOver({ ...keys.ports, root: first })
    const envelope = await vault.seal(organization, place, 'a secret')
    vault.close()
    await rig().rotate()
    const newer = await rig().open()
    await newer.wrap(randomBytes(32), contextFor(organization))
    const again = await rewrapRoot({ ...keys.ports, root: newer, older: [first] })
    assert.deepEqual([again.rewrapped, again.failed], [rig().versioned ? 1 : 0, []])
    assert.equal(await opens(newer), 'a secret')
    const other = await rig().openOther()
    const done = await rewrapRoot({ ...keys.ports, root: other, older: [newer] })
    assert.deepEqual([done.rewrapped, done.failed, done.complete], [1, [], true])
    assert.equal(await opens(other), 'a secret')
    assert.equal((await rewrapRoot({ ...keys.ports, root: other })).already, 1)
    keys.remove()
  })
}

export function contextFor(organization: string): Buffer {
  return Buffer.from(`upheld/kek@v1\0deployment\0${organization}\0kek\x001`)
}

export function present<T>(value: T | undefined): T {
  assert.ok(value !== undefined)
  return value
}
