import { UpheldError } from '../../core/errors.ts'
import type { Clock } from '../../core/clock.ts'
import {
  openCheckpoint,
  parseCheckpoint,
  parseNote,
  emptyTree,
  provesConsistency,
  treeRoot,
} from '../../core/transparency/index.ts'
import type { Checkpoint, Cosigner, NoteVerifier } from '../../core/transparency/index.ts'
import { formatFork } from '../bundle/verify/index.ts'
import { refuse } from './errors.ts'
import { parseRequest } from './request.ts'

/** Where a witness keeps what it has seen. What was written stays written when the process is killed, or the power is. */
export interface HeadStore {
  /** The last note of a log that was cosigned, cosignature included. */
  read(origin: string): string | undefined
  /** All or nothing; on disk when it returns. */
  write(origin: string, note: string): void
  /** Two heads that contradict each other. */
  keepFork(origin: string, size: number, pair: Buffer): void
}

export interface WitnessOptions {
  readonly cosigner: Cosigner
  readonly logs: readonly NoteVerifier[]
  readonly store: HeadStore
  readonly clock: Clock
  /** Told once a pair of heads is kept that proves that a log lied. */
  readonly onFork: (origin: string, size: number) => void
}

export interface Witness {
  readonly key: NoteVerifier
  /**
   * The cosignature line of a checkpoint that continues what was seen.
   * @throws witness.bad_request, unknown_log, not_signed, other_size (its detail is the size), not_consistent
   */
  addCheckpoint(body: Uint8Array): string
  /** The last cosigned note of a log; undefined when there is none. */
  lastOf(origin: string): string | undefined
  readonly origins: readonly string[]
}

const rootOfNothing = treeRoot(emptyTree)

/** A witness, C2SP tlog-witness: it looks at no leaf, and signs a head only when it continues the last one that it signed. */
export function openWitness({ cosigner, logs, store, clock, onFork }: WitnessOptions): Witness {
  const key = cosigner.verifier
  return Object.freeze({
    key,
    origins: logs.map(({ name }) => name),
    // No await between reading the last head and writing the next: two requests cannot cross in this process, and the
    // lock of its folder keeps another process away.
    addCheckpoint(body: Uint8Array) {
      const { oldSize, proof, note } = asRequest(() => parseRequest(body))
      const text = asRequest(() => parseNote(note)).text
      const head = openKnown(note, text, logs)
      if (oldSize > head.size) throw refuse.bad_request({ detail: 'The old size is larger than the new one.' })
      const kept = store.read(head.origin)
      const last = kept === undefined ? undefined : openKept(kept, key)
      if (kept !== undefined && last?.size === head.size && !last.root.equals(head.root)) {
        const pair = pairOf(logs, head.origin, kept, note)
        if (pair.length > 0) store.keepFork(head.origin, head.size, pair)
        onFork(head.origin, head.size)
      }
      checkGrowth(last, head, oldSize, proof)
      const line = cosigner.cosign(text, Math.floor(clock.now().getTime() / 1000))
      store.write(head.origin, ownLines(note, logs, head.origin) + line)
      return line
    },
    lastOf: (origin: string) => store.read(origin),
  })
}

function checkGrowth(last: Checkpoint | undefined, head: Checkpoint, oldSize: number, proof: readonly Buffer[]): void {
  const size = last?.size ?? 0
  if (oldSize !== size) throw refuse.other_size({ detail: String(size) })
  const oldRoot = last?.root ?? rootOfNothing
  const empty = head.size > 0 || head.root.equals(rootOfNothing)
  if (!empty || !provesConsistency({ oldSize, oldRoot, size: head.size, root: head.root, proof })) {
    throw refuse.not_consistent({ detail: `From ${oldSize} to ${head.size}.` })
  }
}

/** A log's head under one of its keys that this witness knows. */
function openKnown(note: string, text: string, logs: readonly NoteVerifier[]): Checkpoint {
  const [origin] = text.split('\n', 1)
  const keys = logs.filter(({ name }) => name === origin)
  if (keys.length === 0) throw refuse.unknown_log()
  const signers = parseNote(note).signatures
  const known = keys.filter(({ name, id }) => signers.some(one => one.name === name && one.id === id))
  const [head] = known.map(key => asRequest(() => openCheckpoint(note, key)))
  if (head === undefined) throw refuse.not_signed()
  return head
}

/** What this witness kept is vouched for by its own signature: a log that has changed its key since goes on from there. */
function openKept(note: string, own: NoteVerifier): Checkpoint {
  const { text, signatures } = parseNote(note)
  const line = signatures.find(({ name, id }) => name === own.name && id === own.id)
  if (line === undefined || !own.verify(text, line.bytes)) throw refuse.bad_store()
  return parseCheckpoint(text)
}

/** The note with the signatures of its log alone: what others added is not this witness's to hand on. */
function ownLines(note: string, logs: readonly NoteVerifier[], origin: string): string {
  const { text, lines } = splitNote(note)
  const ids = logs.filter(({ name }) => name === origin).map(({ name, id }) => `${name} ${id}`)
  const { signatures } = parseNote(note)
  return `${text}\n${lines.filter((_, i) => ids.includes(`${signatures[i]?.name ?? ''} ${signatures[i]?.id ?? ''}`)).join('')}`
}

function splitNote(note: string): { readonly text: string; readonly lines: readonly string[] } {
  const cut = note.lastIndexOf('\n\n')
  return {
    text: note.slice(0, cut + 1),
    lines: note
      .slice(cut + 2, -1)
      .split('\n')
      .map(line => `${line}\n`),
  }
}

function pairOf(logs: readonly NoteVerifier[], origin: string, one: string, other: string): Buffer {
  const ids = parseNote(one).signatures.map(({ id }) => id)
  const key = logs.find(({ name, id }) => name === origin && ids.includes(id))
  return key === undefined ? Buffer.of() : formatFork(key, [ownLines(one, logs, origin), ownLines(other, logs, origin)])
}

/** What the formats refuse, in the words of this protocol. */
function asRequest<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof UpheldError) || !cause.code.startsWith('transparency.')) throw cause
    const unsigned = ['transparency.unknown_key', 'transparency.bad_signature'].includes(cause.code)
    throw unsigned ? refuse.not_signed({ cause }) : refuse.bad_request({ detail: cause.message, cause })
  }
}
