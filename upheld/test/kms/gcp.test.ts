import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { crc32c } from '../../src/adapters/kms/gcp/crc32c.ts'
import { gcpRootKey, type GcpOptions } from '../../src/adapters/kms/index.ts'
import { systemClock } from '../../src/core/clock.ts'
import { rootKeyContract, type Bounds, type Rig } from './contract.ts'
import { assertQuiet, failureContract } from './failures.ts'
import { startGcp, type GcpServer } from './gcp-server.ts'

interface GcpRig extends Rig {
  readonly service: GcpServer
  readonly credentialsFile: string
  options(changes?: Partial<GcpOptions>): GcpOptions
}

const ring = 'projects/upheld-test/locations/europe-west1/keyRings/ring/cryptoKeys'
const key = `${ring}/root`

async function gcpRig(): Promise<GcpRig> {
  const folder = mkdtempSync(join(tmpdir(), 'upheld-gcp-'))
  const service = await startGcp()
  for (const name of [key, `${ring}/other`]) service.addKey(name)
  const [credentialsFile, subjectFile] = [join(folder, 'credentials.json'), join(folder, 'subject')]
  writeFileSync(subjectFile, service.subjectToken)
  const workload = {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/own',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: service.tokenUrl,
    credential_source: { file: subjectFile },
  }
  writeFileSync(credentialsFile, JSON.stringify(workload))
  const options = (changes: Partial<GcpOptions> = {}): GcpOptions => ({
    key,
    credentialsFile,
    endpoint: service.url,
    ...changes,
  })
  return {
    service,
    credentialsFile,
    options,
    open: (limits: Bounds = {}) => gcpRootKey(options({ limits }), systemClock),
    openOther: () => gcpRootKey(options({ key: `${ring}/other` }), systemClock),
    rotate: async () => service.rotate(key),
    uri: /^gcpkms:projects\/upheld-test\/.*\/cryptoKeys\/root#\d+$/,
    versioned: true,
    get secrets() {
      return [service.subjectToken, ...service.given]
    },
    async close() {
      await service.close()
      rmSync(folder, { recursive: true })
    },
  }
}

rootKeyContract('Google Cloud KMS', gcpRig)
failureContract('Google Cloud KMS', gcpRig)

suite('a root key in Google Cloud KMS', () => {
  const context = Buffer.from('gcp')
  async function withRig(work: (rig: GcpRig) => Promise<void>): Promise<void> {
    const rig = await gcpRig()
    try {
      await work(rig)
    } finally {
      await rig.close()
    }
  }

  test('its checksum is CRC-32C: the vectors of RFC 3720 appendix B.4', () => {
    const vectors: readonly [Uint8Array, number][] = [
      [Buffer.alloc(32), 0x8a9136aa],
      [Buffer.alloc(32, 0xff), 0x62a8ab43],
      [Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
      [Uint8Array.from({ length: 32 }, (_, index) => 31 - index), 0x113fdb5c],
      [Buffer.from('123456789'), 0xe3069283],
    ]
    for (const [bytes, sum] of vectors) assert.equal(crc32c(bytes), sum)
  })

  test('a bit that flips on the way to Google or back is noticed, and no wrong key is kept', () =>
    withRig(async rig => {
      const root = await rig.open({ attemptsMax: 2 })
      const wrapped = await root.wrap(randomBytes(32), context)
      rig.service.bend = 'answer'
      await assert.rejects(root.wrap(randomBytes(32), context), { code: 'kms.bad_answer' })
      await assert.rejects(root.unwrap(wrapped, context), { code: 'kms.bad_answer' })
      rig.service.bend = 'question'
      await assert.rejects(root.wrap(randomBytes(32), context), { code: 'kms.denied' })
    }))

  test('whoever cannot show its workload is forbidden, and no text tells what it showed', () =>
    withRig(async rig => {
      writeFileSync(join(rig.credentialsFile, '..', 'subject'), 'a-stolen-subject')
      const thrown = await rig.open().catch((error: unknown) => error)
      assert.equal(thrown instanceof Error && 'code' in thrown && thrown.code, 'kms.forbidden')
      assertQuiet(thrown, ['a-stolen-subject', ...rig.secrets])
    }))

  test('a service of tokens that is down is unreachable, a token that is not taken is forbidden', () =>
    withRig(async rig => {
      rig.service.tokensDown = true
      const root = await rig.open({ attemptsMax: 1, attemptMs: 500, totalMs: 500 })
      await assert.rejects(root.wrap(randomBytes(32), context), { code: 'kms.unreachable' })
      rig.service.tokensDown = false
      const later = await rig.open()
      rig.service.revoke()
      await assert.rejects(later.wrap(randomBytes(32), context), { code: 'kms.forbidden' })
    }))

  for (const [state, code] of [
    ['DISABLED', 'kms.key_disabled'],
    ['DESTROYED', 'kms.key_destroyed'],
  ] as const) {
    test(`a version that is ${state} says ${code}; what another version wrapped opens`, () =>
      withRig(async rig => {
        const root = await rig.open()
        const old = await root.wrap(randomBytes(32), context)
        rig.service.rotate(key)
        const fresh = await root.wrap(randomBytes(32), context)
        rig.service.setState(key, 1, state)
        await assert.rejects(root.unwrap(old, context), { code })
        assert.equal((await root.unwrap(fresh, context)).length, 32)
      }))
  }

  test('a key that is not there is named missing', () =>
    withRig(async rig => {
      await assert.rejects(gcpRootKey(rig.options({ key: `${ring}/absent` }), systemClock), { code: 'kms.key_missing' })
    }))

  test('credentials that are none, or not there, are refused without a word of what is in them', () =>
    withRig(async rig => {
      for (const text of ['{"type":"x","private_key":"sesame"}', '{"private_key": sesame', '[]', '']) {
        writeFileSync(rig.credentialsFile, text)
        const thrown = await rig.open().catch((error: unknown) => error)
        assert.equal(thrown instanceof Error && 'code' in thrown && thrown.code, 'kms.bad_options')
        assertQuiet(thrown, ['sesame'])
      }
      rmSync(rig.credentialsFile)
      await assert.rejects(rig.open(), { code: 'kms.bad_options' })
    }))

  const wrong: readonly [string, Record<string, unknown>][] = [
    ['a key that climbs', { key: `${ring}/../x` }],
    ['a version instead of a key', { key: `${key}/cryptoKeyVersions/1` }],
    ['plain http to another machine', { endpoint: 'http://kms.example' }],
    ['a misspelt option', { project: 'a' }],
  ]
  for (const [what, changes] of wrong) {
    test(`${what} is refused before any call`, () =>
      withRig(async rig => {
        await assert.rejects(gcpRootKey({ ...rig.options(), ...changes }, systemClock), { code: 'kms.bad_options' })
        assert.equal(rig.service.calls(), 0)
      }))
  }
})
