import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import { awsRootKey, type AwsOptions } from '../../src/adapters/kms/index.ts'
import { systemClock } from '../../src/core/clock.ts'
import { startAws, type AwsServer } from './aws-server.ts'
import { contextFor, rootKeyContract, type Bounds, type Rig } from './contract.ts'
import { assertQuiet, failureContract } from './failures.ts'

interface AwsRig extends Rig {
  readonly service: AwsServer
  readonly arn: string
  options(changes?: Partial<AwsOptions>): AwsOptions
}

async function awsRig(): Promise<AwsRig> {
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: randomBytes(30).toString('base64') }
  const region = 'eu-central-1'
  const service = await startAws({ ...credentials, region })
  const [arn, other] = [service.addKey(), service.addKey()]
  const options = (changes: Partial<AwsOptions> = {}): AwsOptions => ({
    key: arn,
    region,
    endpoint: service.url,
    credentials,
    ...changes,
  })
  return {
    service,
    arn,
    options,
    open: (limits: Bounds = {}) => awsRootKey(options({ limits }), systemClock),
    openOther: () => awsRootKey(options({ key: other }), systemClock),
    rotate: async () => service.rotate(arn),
    uri: /^awskms:arn:aws:kms:eu-central-1:111122223333:key\/[0-9a-f-]{36}$/,
    versioned: false,
    secrets: [credentials.secretAccessKey],
    close: () => service.close(),
  }
}

rootKeyContract('AWS KMS', awsRig)
failureContract('AWS KMS', awsRig)

suite('a root key in AWS KMS', () => {
  const context = contextFor('aaaaaaaa-0000-4000-8000-000000000001')
  async function withRig(work: (rig: AwsRig) => Promise<void>): Promise<void> {
    const rig = await awsRig()
    try {
      await work(rig)
    } finally {
      await rig.close()
    }
  }

  test('what AWS writes into its trail tells nothing of our context', () =>
    withRig(async rig => {
      const root = await rig.open()
      await root.unwrap(await root.wrap(randomBytes(32), context), context)
      assert.ok(rig.service.contexts.length > 2)
      for (const sent of rig.service.contexts) {
        assert.deepEqual(Object.keys(sent), ['upheld'])
        assert.match(sent['upheld'] ?? '', /^[0-9a-f]{64}$/)
      }
    }))

  test('wrong credentials are forbidden, and no text holds them', () =>
    withRig(async rig => {
      const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'not-the-secret' }
      const thrown = await awsRootKey(rig.options({ credentials }), systemClock).catch((error: unknown) => error)
      assert.equal(thrown instanceof Error && 'code' in thrown && thrown.code, 'kms.forbidden')
      assertQuiet(thrown, [...rig.secrets, 'not-the-secret'])
    }))

  test('another key as root: the former one still unwraps, and only while it is named', () =>
    withRig(async rig => {
      const wrapped = await (await rig.open()).wrap(randomBytes(32), context)
      const key = rig.service.addKey()
      const after = await awsRootKey(rig.options({ key, formerKeys: [rig.arn] }), systemClock)
      assert.equal((await after.unwrap(wrapped, context)).length, 32)
      const without = await awsRootKey(rig.options({ key }), systemClock)
      await assert.rejects(without.unwrap(wrapped, context), { code: 'kms.denied' })
    }))

  for (const [state, code] of [
    ['Disabled', 'kms.key_disabled'],
    ['PendingDeletion', 'kms.key_destroyed'],
  ] as const) {
    test(`a key that is ${state} says ${code}, and opens again when it is enabled`, () =>
      withRig(async rig => {
        const root = await rig.open()
        const wrapped = await root.wrap(randomBytes(32), context)
        rig.service.setState(rig.arn, state)
        const before = rig.service.calls()
        await assert.rejects(root.unwrap(wrapped, context), { code })
        await assert.rejects(root.wrap(randomBytes(32), context), { code })
        assert.equal(rig.service.calls() - before, 2, 'no second try')
        rig.service.setState(rig.arn, 'Enabled')
        assert.equal((await root.unwrap(wrapped, context)).length, 32)
      }))
  }

  test('a key that is not there is named missing', () =>
    withRig(async rig => {
      await assert.rejects(awsRootKey(rig.options({ key: 'alias/absent' }), systemClock), { code: 'kms.key_missing' })
    }))

  const wrong: readonly [string, Record<string, unknown>][] = [
    ['plain http to another machine', { endpoint: 'http://kms.example' }],
    ['a region that is none', { region: 'eu central' }],
    ['a key with a blank', { key: 'alias/a b' }],
    ['a misspelt option', { keyID: 'a' }],
  ]
  for (const [what, changes] of wrong) {
    test(`${what} is refused before any call`, () =>
      withRig(async rig => {
        await assert.rejects(awsRootKey({ ...rig.options(), ...changes }, systemClock), { code: 'kms.bad_options' })
        assert.equal(rig.service.calls(), 0)
      }))
  }
})
