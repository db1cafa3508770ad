import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { z } from 'zod'
import { apiRoute } from '../../../desk/src/http/api-route.ts'
import { withId } from '../../../desk/src/http/inputs.ts'
import { getContact } from '../../../desk/src/contacts/store.ts'
import type { Route } from '../../../desk/src/http/route.ts'
import { systemClock } from '../../src/core/clock.ts'
import { generateSignerKey, parseSignerKey } from '../../src/core/transparency/index.ts'
import {
  compareRuns,
  fetchContract,
  openLine,
  openRun,
  perform,
  signRun,
  worstOf,
  type Performed,
} from '../../src/proof/outsiders/index.ts'
import { likeness } from '../../src/proof/outsiders/crawl.ts'
import { openLab, type Lab } from './lab.ts'

const claims = ['isolation.routes', 'sessions.sound', 'widget.scoped', 'roadmap.honest']

async function performAt(lab: Lab, only?: string): Promise<Performed> {
  const { signal } = new AbortController()
  const line = openLine(lab.origin, { clock: systemClock, signal })
  const { contract, digest } = await fetchContract(line)
  const probes = contract.probes.filter(({ name }) => only === undefined || name === only)
  return perform({
    line,
    contract: { ...contract, probes },
    digest,
    clock: systemClock,
    signal,
    onProgress: () => undefined,
  })
}

async function withLab<T>(others: readonly Route[], below: string, work: (lab: Lab) => Promise<T>): Promise<T> {
  const lab = await openLab({ others, below })
  try {
    for (const claim of claims) await lab.publish(claim, 'upheld')
    return await work(lab)
  } finally {
    await lab.close()
  }
}

const path = '/api/v1/contacts/:id' as const
const contact = (answer: Parameters<typeof apiRoute<typeof withId>>[0]['answer']): Route =>
  apiRoute({ method: 'GET', path, permission: 'contact.read', input: withId, answer })

suite('a service, probed from outside', () => {
  test('a handler that looks up by the identifier alone is refuted, and contradicts what is published', async () => {
    // What one organization may see is found by the identifier, whoever asks: as with a query that forgot the organization.
    const kept = new Map<string, object>()
    const broken = contact(async ({ organization, input: { params } }) => {
      const found = kept.get(params.id) ?? (await getContact(organization, params.id))
      if (found !== undefined) kept.set(params.id, found)
      return found && { body: found }
    })
    await withLab([broken], '/api/v1/contacts', async lab => {
      const { runs, evidence } = await performAt(lab, 'routes')
      const [run] = runs
      assert.deepEqual([run?.verdict, run?.reason], ['refuted', 'refuted'])
      assert.ok(
        run?.findings.every(({ where }) => where === `GET ${path}`),
        JSON.stringify(run?.findings),
      )
      assert.ok(run?.findings.some(({ saw }) => /their text came/.test(saw)))
      const compared = compareRuns(runs, evidence.claims)
      assert.deepEqual(
        compared.map(({ says, published, sameClaim }) => [says, published, sameClaim]),
        [['contradicts', 'upheld', true]],
      )
      assert.equal(worstOf(compared), 'refuted')
    })
  })

  test('a service that refuses everybody, also their own, proves nothing', async () => {
    await withLab([contact(async () => undefined)], '/api/v1/contacts', async lab => {
      const { runs, evidence } = await performAt(lab, 'routes')
      const [run] = runs
      assert.deepEqual([run?.verdict, run?.reason], ['unproven', 'errored'])
      assert.match(run?.note ?? '', /GET \/api\/v1\/contacts\/:id answers an honest request/)
      assert.equal(worstOf(compareRuns(runs, evidence.claims)), 'unproven')
    })
  })

  test('what is signed opens as it was, and not when a letter differs', async () => {
    await withLab([], '/', async lab => {
      const { runs, evidence, requests } = await performAt(lab, 'visitors')
      assert.deepEqual(
        runs.map(({ verdict, note }) => [verdict, note]),
        [['upheld', '']],
      )
      const signer = parseSignerKey(generateSignerKey('outsider'))
      const facts = { service: 'Desk', origin: lab.origin, contract: await lab.digest(), evidence, requests, runs }
      const signed = signRun(facts, signer)
      const opened = openRun(signed)
      assert.deepEqual(opened.runs, runs)
      assert.deepEqual([opened.contract, opened.checkpoint.note], [await lab.digest(), evidence.checkpoint])
      const envelope = z.looseObject({ payload: z.string() }).parse(JSON.parse(signed))
      const text = Buffer.from(envelope.payload, 'base64').toString()
      const lie = (from: string, to: string): string => {
        assert.ok(text.includes(from), from)
        return JSON.stringify({ ...envelope, payload: Buffer.from(text.replace(from, to)).toString('base64') })
      }
      const other = parseSignerKey(generateSignerKey('outsider')).verifier.encoded
      for (const altered of [
        lie('"upheld"', '"refuted"'),
        lie('"observations":', '"observations":1'),
        lie(signer.verifier.encoded, other),
        signed.slice(0, -3),
        '{}',
        '',
      ])
        assert.throws(() => openRun(altered), { code: 'outsiders.bad_run' })
      // Read a day later, or when another run was published, the same file stands beside other words.
      const later = compareRuns(
        runs,
        evidence.claims.map(one => ({ ...one, standing: { ...one.standing, verdict: 'unproven' as const } })),
      )
      assert.equal(worstOf(later), 'unproven')
      assert.equal(worstOf([]), 'unproven')
      assert.equal(worstOf(compareRuns(runs, [])), 'unproven')
    })
  })

  test('an identifier that nobody has is of the same make', () => {
    const uuid = '7e1f0000-0000-4000-8000-00000000000a'
    assert.match(likeness(uuid), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    assert.notEqual(likeness(uuid), uuid)
    assert.match(likeness('cus_A1b2C3d4E5f6'), /^[a-z]{3}_[A-Z]\d[a-f]\d[A-Z]\d[a-f]\d[A-Z]\d[a-f]\d$/)
    assert.match(likeness('481516'), /^[1-9]{6}$/)
  })
})
