import { messageOf, UpheldError } from '../../core/errors.ts'
import { openCosigned, parseDecimal } from '../../core/transparency/index.ts'
import type { Cosignature, NoteVerifier } from '../../core/transparency/index.ts'
import type { Refused } from '../evidence/index.ts'
import { refuse } from './errors.ts'
import { formatRequest } from './request.ts'

/** A log as it shows itself to witnesses. */
export interface WitnessedLog {
  readonly key: NoteVerifier
  /** The signed head, and a proof that it continues an older size of the same log. */
  head(): Promise<{
    readonly size: number
    readonly checkpoint: string
    readonly proof: (oldSize: number) => Promise<readonly Buffer[]>
  }>
  /** The size that each witness cosigned last, as far as is known here. */
  sizeAt(witness: NoteVerifier): Promise<number>
  /** Keeps a cosignature that was verified. */
  keep(size: number, checkpoint: string, cosignature: Cosignature): Promise<void>
  /** Told of a head that contradicts what a witness has seen, for whoever shows that to the public. */
  refused?(refused: Refused): Promise<void>
}

export interface WitnessAddress {
  readonly key: NoteVerifier
  /** The submission prefix, such as https://witness.example/. */
  readonly url: string
}

/** Sends a text and answers with status and body. Rejects when nobody answers in time. */
export type Post = (url: string, body: string) => Promise<{ readonly status: number; readonly body: string }>

export interface Pushed {
  readonly witness: NoteVerifier
  /** The cosignature, or why there is none. */
  readonly result: Cosignature | UpheldError
}

/**
 * Shows the newest head to every witness at once, and keeps what they sign. Never rejects for what a witness does: one
 * that is down, lies or refuses has its reason in the result, and the others are asked all the same.
 * @throws what the log throws
 */
export async function pushHead(log: WitnessedLog, witnesses: readonly WitnessAddress[], post: Post): Promise<Pushed[]> {
  const head = await log.head()
  return Promise.all(
    witnesses.map(async witness => {
      const oldSize = await log.sizeAt(witness.key)
      const result = await cosigned(log, head, { witness, post, oldSize }).catch((thrown: unknown) =>
        asRefusal(thrown, witness),
      )
      if (!(result instanceof UpheldError)) await log.keep(head.size, head.checkpoint, result)
      return { witness: witness.key, result }
    }),
  )
}

type Head = Awaited<ReturnType<WitnessedLog['head']>>

interface Asking {
  readonly witness: WitnessAddress
  readonly post: Post
  readonly oldSize: number
}

async function cosigned(log: WitnessedLog, head: Head, { witness, post, oldSize }: Asking): Promise<Cosignature> {
  let answer = await asked(head, { witness, post, oldSize: Math.min(oldSize, head.size) })
  if (answer.status === 409) {
    const size = parseDecimal(answer.body.trimEnd())
    if (size === undefined) throw refuse.bad_answer({ detail: `${witness.url} names no size.` })
    if (size > head.size) {
      await log.refused?.({ witness: witness.key.encoded, ...headOf(head), why: 'ahead' })
      throw refuse.ahead({ detail: `${witness.key.name} has seen ${size} leaves; there are ${head.size}.` })
    }
    answer = await asked(head, { witness, post, oldSize: size })
  }
  if (answer.status === notConsistent) {
    await log.refused?.({ witness: witness.key.encoded, ...headOf(head), why: 'other_history' })
  }
  if (answer.status !== 200) {
    throw refuse.refused({ detail: `${witness.key.name} answered with ${answer.status} to ${head.size} leaves.` })
  }
  return readCosignature(head.checkpoint + answer.body, log.key, witness.key)
}

/** What a witness answers when a head does not continue the one that it signed, C2SP tlog-witness. */
const notConsistent = 422

function headOf({ size, checkpoint }: Head): Pick<Refused, 'size' | 'checkpoint'> {
  return { size, checkpoint }
}

async function asked(head: Head, { witness, post, oldSize }: Asking): ReturnType<Post> {
  const proof = await head.proof(oldSize)
  const prefix = witness.url.endsWith('/') ? witness.url.slice(0, -1) : witness.url
  return post(`${prefix}/add-checkpoint`, formatRequest({ oldSize, proof, note: head.checkpoint }))
}

function readCosignature(note: string, log: NoteVerifier, witness: NoteVerifier): Cosignature {
  try {
    const [cosignature] = openCosigned(note, log, [witness]).cosignatures
    if (cosignature !== undefined) return cosignature
  } catch (cause) {
    throw refuse.bad_answer({ detail: witness.name, cause })
  }
  throw refuse.bad_answer({ detail: `${witness.name} signed with another key.` })
}

function asRefusal(thrown: unknown, { key }: WitnessAddress): UpheldError {
  return thrown instanceof UpheldError
    ? thrown
    : refuse.unreachable({ detail: `${key.name}: ${messageOf(thrown)}`, cause: thrown })
}
