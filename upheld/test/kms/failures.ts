import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { after, before, suite, test } from 'node:test'
import { inspect } from 'node:util'
import type { RootKey } from '../../src/foundation/vault/index.ts'
import { present, type Rig } from './contract.ts'
import type { Fault, StandIn } from './stand-in.ts'

const quick = { attemptsMax: 3, attemptMs: 250, totalMs: 3_000 }
const context = Buffer.from('failures')

const faults: readonly { readonly kind: Fault; readonly says: string; readonly code: RegExp }[] = [
  { kind: 'throttled', says: 'asks for fewer calls', code: /^kms\.throttled$/ },
  { kind: 'down', says: 'is down', code: /^kms\.unreachable$/ },
  { kind: 'slow', says: 'does not answer', code: /^kms\.unreachable$/ },
  { kind: 'reset', says: 'hangs up', code: /^kms\.unreachable$/ },
  { kind: 'cut', says: 'is cut off within its answer', code: /^kms\.unreachable$/ },
  { kind: 'garbage', says: 'is a login page', code: /^kms\.bad_answer$/ },
  { kind: 'not http', says: 'speaks another protocol', code: /^kms\.bad_answer$/ },
  { kind: 'too large', says: 'answers without end', code: /^kms\.bad_answer$/ },
]

/** What every provider does when the network, or what answers, fails. */
export function failureContract(name: string, start: () => Promise<Rig>): void {
  void suite(`a root key behind a network that fails: ${name}`, () => {
    const held: { rig?: Rig } = {}
    before(async () => {
      held.rig = await start()
    })
    after(() => held.rig?.close())
    const rig = (): Rig => present(held.rig)
    const service = (): StandIn => present(rig().service)
    for (const fault of faults) overcomeOrRefused(rig, service, fault)
    storms(rig, service)
    crowds(rig, service)
  })
}

function overcomeOrRefused(rig: () => Rig, service: () => StandIn, fault: (typeof faults)[number]): void {
  const { kind, says, code } = fault
  void test(`a service that ${says} twice and is fine then costs two more tries and no key`, async () => {
    const root = await rig().open(quick)
    const wrapped = await root.wrap(randomBytes(32), context)
    const before = service().calls()
    service().fault(kind, 2)
    assert.equal((await root.unwrap(wrapped, context)).length, 32)
    assert.equal(service().calls() - before, 3)
  })

  void test(`a service that ${says} is tried three times, then one clear code`, async () => {
    const root = await rig().open(quick)
    const key = randomBytes(32)
    const wrapped = await root.wrap(key, context)
    const before = service().calls()
    service().fault(kind, 100)
    const thrown = await root.unwrap(wrapped, context).catch((error: unknown) => error)
    service().fault(kind, 0)
    assert.match(codeOf(thrown), code)
    assert.equal(service().calls() - before, 3)
    assertQuiet(thrown, [...rig().secrets, key.toString('base64'), key.toString('hex'), service().url])
  })
}

function storms(rig: () => Rig, service: () => StandIn): void {
  void test('a pause that the service asks for is kept: no second try before it', async () => {
    const root = await rig().open(quick)
    const wrapped = await root.wrap(randomBytes(32), context)
    service().fault('throttled', 1, '30')
    const before = service().calls()
    await assert.rejects(root.unwrap(wrapped, context), { code: 'kms.throttled' })
    assert.equal(service().calls() - before, 1)
    await assert.rejects(root.wrap(randomBytes(32), context), { code: 'kms.throttled' })
    assert.equal(service().calls() - before, 1)
  })

  void test('no storm: after three calls in vain the next two hundred make none, and one finds out that it is back', async () => {
    const root = await rig().open({ ...quick, attemptsMax: 1 })
    const key = randomBytes(32)
    const wrapped = await root.wrap(key, context)
    service().fault('down', 1_000)
    for (let each = 0; each < 3; each++) await assert.rejects(root.wrap(key, context), { code: 'kms.unreachable' })
    const before = service().calls()
    const outcomes = await Promise.allSettled(Array.from({ length: 200 }, () => root.wrap(key, context)))
    assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, 200)
    assert.equal(service().calls() - before, 0)
    service().fault('down', 0)
    await untilBack(root, wrapped)
    assert.deepEqual(Buffer.from(await root.unwrap(wrapped, context)), key)
  })

  void test('a service that is down when it is opened is opened all the same, and used when it is back', async () => {
    service().fault('down', 3)
    const root = await rig().open(quick)
    await untilBack(root, undefined)
    const key = randomBytes(32)
    assert.deepEqual(Buffer.from(await root.unwrap(await root.wrap(key, context), context)), key)
  })

  void test('a port that nobody listens on is unreachable', async () => {
    const rigOfItsOwn = rig()
    const root = await rigOfItsOwn.open(quick)
    service().fault('reset', 1_000)
    const thrown = await root.wrap(randomBytes(32), context).catch((error: unknown) => error)
    service().fault('reset', 0)
    assert.equal(codeOf(thrown), 'kms.unreachable')
  })
}

function crowds(rig: () => Rig, service: () => StandIn): void {
  void test('a hundred calls at once reach the service at most four at a time', async () => {
    const root = await rig().open({ ...quick, attemptMs: 2_000, inFlightMax: 4 })
    const before = service().calls()
    service().delay(5)
    await Promise.all(Array.from({ length: 100 }, () => root.wrap(randomBytes(32), context)))
    service().delay(0)
    assert.equal(service().calls() - before, 100)
    assert.ok(service().mostAtOnce() <= 4, `${service().mostAtOnce()} at once`)
  })

  void test('a hundred who unwrap the same key at once are one call', async () => {
    const root = await rig().open(quick)
    const key = randomBytes(32)
    const wrapped = await root.wrap(key, context)
    const before = service().calls()
    const opened = await Promise.all(Array.from({ length: 100 }, () => root.unwrap(wrapped, context)))
    assert.equal(service().calls() - before, 1)
    for (const one of opened) assert.deepEqual(Buffer.from(one), key)
  })
}

/** The wall that a failing service is kept behind opens after a second or so. */
async function untilBack(root: RootKey, wrapped: Uint8Array | undefined): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      if (wrapped === undefined) await root.wrap(randomBytes(32), context)
      else await root.unwrap(wrapped, context)
      return
    } catch (error) {
      assert.match(codeOf(error), /^kms\.(unreachable|throttled)$/)
      await pause(50)
    }
  }
  assert.fail('it did not come back')
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : `no code: ${inspect(thrown)}`
}

/** Nothing secret in whatever of an error ends in a log. */
export function assertQuiet(thrown: unknown, secrets: readonly string[]): void {
  const text = inspect(thrown, { depth: 12, showHidden: true })
  for (const secret of secrets) assert.equal(text.includes(secret), false, 'an error text holds a secret')
}
