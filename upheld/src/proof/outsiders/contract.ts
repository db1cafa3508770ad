import { z } from 'zod'
import { digestOf, type JsonObject } from '../../core/json.ts'
import { refuse } from './errors.ts'
import { limitsSchema, type Limits } from './limits.ts'
import { probeFacts } from './published.ts'

/** The longest contract that is read, in bytes. */
export const contractBytesMax = 65_536

const line = z
  .string()
  .min(1)
  .max(600)
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+$/u, 'plain text on one line')
const lines = z.array(line).min(1).max(20)

/** What an outsider and a service agree to, before anything is sent. Both sign with its digest. */
const contractSchema = z
  .strictObject({
    type: z.literal('upheld/outsiders-contract@v1'),
    version: z.literal(1),
    service: line.describe('what the service is called'),
    origin: z.string().max(300).describe('where it is reached: nothing is ever sent to another place'),
    contact: line.describe('who to write to'),
    probes: z
      .array(
        z.strictObject({
          name: z.string().regex(/^[a-z][a-z-]{0,39}$/),
          claim: z
            .string()
            .regex(/^[a-z]+\.[a-z-]+$/)
            .max(60),
          says: line,
          not_covered: lines,
          observations_min: z.number().int().min(1).max(10_000),
        }),
      )
      .min(1)
      .max(20),
    limits: limitsSchema,
    outsider_agrees: lines,
    service_agrees: lines,
    stored: z
      .array(z.strictObject({ what: line, how_long: line }))
      .min(1)
      .max(20),
  })
  .meta({
    title: 'upheld/outsiders-contract@v1',
    description: 'Which probes an outsider may run against this service, and on what terms.',
  })

export type Contract = Readonly<z.infer<typeof contractSchema>>

/** The JSON Schema (2020-12) of a contract. */
export function contractJsonSchema(): object {
  return z.toJSONSchema(contractSchema)
}

interface Terms {
  readonly service: string
  readonly origin: string
  readonly contact: string
  readonly limits: Limits
}

/** The contract of a service. The texts are ours; the service says who it is, and how much it allows. */
export function contractOf({ service, origin, contact, limits }: Terms): Contract {
  return {
    type: 'upheld/outsiders-contract@v1',
    version: 1,
    service,
    origin,
    contact,
    probes: probeFacts.map(({ name, claim, says, notCovered, observationsMin }) => ({
      name,
      claim,
      says,
      not_covered: [...notCovered],
      observations_min: observationsMin,
    })),
    limits,
    outsider_agrees: [
      'I attack nothing but the two organizations that are made for me, and only with what is handed out for them.',
      'I stay within the limits, and stop when the service answers that one of them is reached.',
      'I put nothing into these organizations that is anybody’s: no personal data, no secrets, no files of mine.',
      'What I find I tell the contact first, and give a reasonable time to mend it before I tell others.',
    ],
    service_agrees: [
      'Whoever keeps to this contract is welcome: no legal step is taken for what it allows.',
      'The two organizations are answered by the same code as those of customers.',
      'No run is refused, slowed or answered otherwise for who asks or for what was found before.',
      'Findings are answered, and a claim that a run refuted in earnest is tried again by our own prover.',
    ],
    stored: [
      { what: 'the address of whoever asks, of IPv6 its /56', how_long: 'one hour after the beginning' },
      {
        what: 'rows, people, files and keys of the two organizations',
        how_long: 'until their time is over or you end it; then they are removed within minutes',
      },
      { what: 'when a run began and ended, and the digest of the contract', how_long: '30 days' },
      {
        what: 'entries of the two audit logs, which can only grow, without any value that somebody wrote, and the two random identifiers',
        how_long: 'as long as the audit logs of customers',
      },
      { what: 'lines of the request log: method, pattern of the path, status, time', how_long: 'as for every visitor' },
    ],
  }
}

export function contractDigest(contract: Contract): string {
  return digestOf(asJson(contract))
}

function asJson(contract: Contract): JsonObject {
  return z.record(z.string(), z.json()).parse(contract)
}

/**
 * A contract as a service published it at `origin`.
 * @throws outsiders.bad_contract when it is none, too large, or about another place
 */
export function readContract(text: string, origin: string): Contract {
  if (Buffer.byteLength(text) > contractBytesMax)
    throw refuse.bad_contract({ detail: `It is larger than ${contractBytesMax} bytes.` })
  const read = contractSchema.safeParse(parsed(text))
  if (!read.success) {
    const [issue] = read.error.issues
    const at = issue === undefined ? '' : issue.path.map(String).join('.').slice(0, 80)
    throw refuse.bad_contract({ detail: `At "${at.replaceAll(/[^\w.-]/g, '?')}" it is not as expected.` })
  }
  if (read.data.origin !== origin)
    throw refuse.bad_contract({ detail: 'It is about another place than the one that it was read from.' })
  return Object.freeze(read.data)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw refuse.bad_contract({ detail: 'It is not JSON.', cause })
  }
}
