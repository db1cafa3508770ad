import { createHash } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson } from '../../core/json.ts'
import { parseVerifierKey, type NoteSigner } from '../../core/transparency/index.ts'
import type { Verified } from '../../verify.ts'
import { openedStatement, sealedStatement, vocabulary } from '../exports/index.ts'
import { refuse } from './errors.ts'

const time = z.iso.datetime()
const whole = z.number().int().min(0)
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/)
const text = z.string().max(2_000)

const run = z.strictObject({
  type: z.literal('upheld/outsider-run@v1'),
  claim: z.string().max(60),
  claim_digest: digest.nullable().describe('of the claim as the service’s log announced it last; null when it did not'),
  probe: z.string().max(40),
  probe_digest: digest.describe('of the code that attacked, with all that it imports'),
  started_at: time,
  finished_at: time,
  duration_ms: whole,
  verdict: z.enum(['upheld', 'refuted', 'unproven']),
  reason: z.string().max(40),
  population: z.record(z.string(), whole),
  observations: whole,
  observations_min: whole,
  findings: z.array(z.strictObject({ attack: text, where: text, saw: text })).max(20),
  findings_total: whole,
  note: text,
})

/** One probe of an outsider, in the shape of a run of our own, less what needs a twin. */
export type OutsiderRun = Readonly<z.infer<typeof run>>

/** What an outsider signs. */
const predicateSchema = z
  .strictObject({
    type: z.literal('upheld/outsider@v1'),
    service: z.string().max(600),
    origin: z.string().max(300),
    contract: digest.describe('what both sides agreed to'),
    key: z.string().max(300).describe('verifier key of the outsider, C2SP signed-note'),
    checkpoint: z.strictObject({
      origin: z.string().max(300),
      size: whole,
      root: z.string().max(100),
      key: z.string().max(300),
      note: z.string().max(10_000),
    }),
    requests: whole,
    runs: z.array(run).min(1).max(20),
  })
  .meta({
    title: 'upheld/outsider@v1',
    description: 'What somebody from outside saw of a service, under a contract that it published.',
  })

export type OutsiderPredicate = Readonly<z.infer<typeof predicateSchema>>

const predicateType = `${vocabulary}#outsider-v1`

/** The JSON Schema (2020-12) of the predicate. */
export function outsiderJsonSchema(): object {
  return z.toJSONSchema(predicateSchema)
}

interface Facts {
  readonly service: string
  readonly origin: string
  readonly contract: string
  readonly evidence: Verified
  readonly requests: number
  readonly runs: readonly OutsiderRun[]
}

/** An in-toto Statement v1 in a DSSE envelope; its payload is canonical JSON (RFC 8785). */
export function signRun(facts: Facts, signer: NoteSigner): string {
  const { origin, size, root, key, checkpoint: note } = facts.evidence
  const predicate: OutsiderPredicate = {
    type: 'upheld/outsider@v1',
    service: facts.service,
    origin: facts.origin,
    contract: facts.contract,
    key: signer.verifier.encoded,
    checkpoint: { origin, size, root, key, note },
    requests: facts.requests,
    runs: [...facts.runs],
  }
  const sha256 = (of: string): string => createHash('sha256').update(of).digest('hex')
  const subject = [
    { name: 'checkpoint', digest: { sha256: sha256(note) } },
    { name: 'contract', digest: { sha256: facts.contract.replace(/^sha256:/, '') } },
    ...facts.runs.flatMap(({ claim, claim_digest: of }) =>
      of === null ? [] : [{ name: `claim:${claim}`, digest: { sha256: of.replace(/^sha256:/, '') } }],
    ),
  ]
  const statement = { _type: 'https://in-toto.io/Statement/v1', subject, predicateType, predicate }
  return sealedStatement(canonicalJson(z.json().parse(statement)), signer)
}

const statementSchema = z.strictObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z.array(z.strictObject({ name: z.string(), digest: z.strictObject({ sha256: z.string() }) })),
  predicateType: z.literal(predicateType),
  predicate: predicateSchema,
})

/**
 * What an outsider signed, when nobody altered it since. Whose key it is, the reader has to know.
 * @throws outsiders.bad_run
 */
export function openRun(envelope: string): OutsiderPredicate {
  let found: OutsiderPredicate | undefined
  const payload = openedStatement(envelope, body => {
    try {
      found = statementSchema.parse(JSON.parse(body)).predicate
      return parseVerifierKey(found.key)
    } catch {
      return undefined
    }
  })
  if (payload === undefined || found === undefined) throw refuse.bad_run()
  return found
}
