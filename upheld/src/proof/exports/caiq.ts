import { z } from 'zod'
import { byRequirement, caughtOf, counted, type Exhibit, type Exhibits } from './exhibits.ts'
import { csvCell, jsonText, line } from './text.ts'

const verdict = z.enum(['upheld', 'refuted', 'unproven', 'attested', 'planned'])

const answer = z.strictObject({
  question: z.string().describe('number of the question in CAIQ v4'),
  answer: z.enum(['Yes', 'No', '']).describe('empty: nothing is proven, so nothing is said'),
  standing: z.enum(['proven', 'stated', 'refuted', 'unproven', 'planned']),
  description: z.string(),
  claims: z.array(
    z.strictObject({
      id: z.string(),
      verdict,
      why: z.string(),
      leaf_index: z.number().int().min(0).optional(),
      expires_at: z.string().optional(),
    }),
  ),
})

export type CaiqAnswer = z.infer<typeof answer>

const caiqSchema = z
  .strictObject({
    type: z.literal('upheld/caiq@v1'),
    questionnaire: z.literal('CSA CAIQ v4'),
    service: z.string(),
    as_of: z.string(),
    checkpoint: z.string().optional().describe('the signed head of the evidence log'),
    record_fault: z.string().optional(),
    answers: z.array(answer),
  })
  .meta({ title: 'upheld/caiq@v1', description: 'Answers to CAIQ v4 by number of the question. No text of it.' })

/** The JSON Schema (2020-12) of this export. */
export function caiqJsonSchema(): object {
  return z.toJSONSchema(caiqSchema)
}

/**
 * One answer for each question that a claim names. `Yes` needs every one of its claims upheld or attested; one that is
 * refuted makes it `No`; what is unproven or planned leaves the answer empty, with the reason beside it. Questions that
 * no claim names are not here: somebody else has to answer them.
 */
export function caiqAnswers({ claims }: Exhibits): readonly CaiqAnswer[] {
  return [...byRequirement(claims, 'caiq')].map(([question, own]) => {
    const standing = together(own)
    return {
      question,
      answer: answers[standing],
      standing,
      description: line(own.map(sentenceOf).join(' ')),
      claims: own.map(({ id, verdict: word, why, run }) => ({
        id,
        verdict: word,
        why,
        ...(run === undefined ? {} : { leaf_index: run.index, expires_at: run.record.expires_at }),
      })),
    }
  })
}

const answers = { proven: 'Yes', stated: 'Yes', refuted: 'No', unproven: '', planned: '' } as const

function together(claims: readonly Exhibit[]): CaiqAnswer['standing'] {
  const has = (word: Exhibit['verdict']): boolean => claims.some(one => one.verdict === word)
  if (has('refuted')) return 'refuted'
  if (has('unproven')) return 'unproven'
  if (has('planned')) return 'planned'
  return has('attested') ? 'stated' : has('upheld') ? 'proven' : 'unproven'
}

function sentenceOf({ id, sentence, verdict: word, why, run, stated }: Exhibit): string {
  switch (word) {
    case 'upheld':
      return run === undefined
        ? `Unproven: ${id}.`
        : `Proven: ${sentence} (${id}: ${run.record.observations} attacks on ${counted(run.record.population)}, ${caughtOf(run.record)} sabotages caught, evidence ${run.index}, good until ${run.record.expires_at}.)`
    case 'attested':
      return `Stated by ${stated?.by ?? 'nobody'} until ${stated?.until ?? 'never'}, not attacked: ${sentence} (${id})`
    case 'refuted':
      return `Refuted: ${sentence} (${id}: ${why}.)`
    case 'unproven':
      return `Unproven: ${sentence} (${id}: ${why}.)`
    case 'planned':
      return `Planned, not in place: ${sentence} (${id})`
  }
}

export function caiqJson(exhibits: Exhibits): string {
  const { service, asOf, log, fault } = exhibits
  return jsonText({
    type: 'upheld/caiq@v1',
    questionnaire: 'CSA CAIQ v4',
    service,
    as_of: asOf,
    ...(log === undefined ? {} : { checkpoint: log.checkpoint }),
    ...(fault === undefined ? {} : { record_fault: fault }),
    answers: caiqAnswers(exhibits),
  })
}

const columns = ['Question ID', 'Answer', 'Standing', 'Description', 'Claims', 'Evidence', 'Checkpoint size']

/** The same for a spreadsheet: RFC 4180, every cell quoted, none of them a formula. */
export function caiqCsv(exhibits: Exhibits): string {
  const size = exhibits.log === undefined ? '' : String(exhibits.log.size)
  const rows = caiqAnswers(exhibits).map(({ question, answer: said, standing, description, claims }) => [
    question,
    said,
    standing,
    description,
    claims.map(({ id, verdict: word }) => `${id} ${word}`).join('; '),
    claims.flatMap(({ leaf_index: index }) => (index === undefined ? [] : [String(index)])).join('; '),
    size,
  ])
  return [columns, ...rows].map(row => `${row.map(csvCell).join(',')}\r\n`).join('')
}
