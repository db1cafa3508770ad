import { createHash } from 'node:crypto'
import { openCosigned, parseWitnessKey } from './cosignature.ts'
import type { CosignedCheckpoint } from './cosignature.ts'
import { refuse } from './errors.ts'
import { parseVerifierKey } from './keys.ts'
import type { NoteVerifier } from './keys.ts'
import { parseNote } from './note.ts'

// C2SP tlog-policy: which logs count, and how many of which witnesses must have seen a head.

interface Named {
  /** Whether these witnesses are enough for it. */
  readonly holds: (cosigned: ReadonlySet<string>) => boolean
}

export interface PolicyWitness {
  /** What the policy calls it; says nothing outside of this file. */
  readonly name: string
  readonly key: NoteVerifier
  readonly url?: string
}

export interface Policy {
  readonly logs: readonly { readonly key: NoteVerifier; readonly url?: string }[]
  readonly witnesses: readonly PolicyWitness[]
  /** `none`, or the name of a witness or group. */
  readonly quorum: string
  /** Whether the witnesses with these keys (encoded) are a quorum. */
  readonly isQuorum: (cosigned: ReadonlySet<string>) => boolean
  /** `sha256:` and 64 hex digits over the file as it is: what a reader compares, or pins. */
  readonly fingerprint: string
}

const policyBytesMax = 256 * 1024
const linesOfOneKindMax = 1024
const control = /[\u0000-\u0008\u000b-\u001f\u007f]/

/** Names are octets, so text is read one character for each octet. */
type Octets = string

interface Draft {
  readonly logs: { readonly key: NoteVerifier; readonly url?: string }[]
  readonly witnesses: PolicyWitness[]
  readonly named: Map<Octets, Named>
  readonly members: Set<Octets>
  readonly keys: Set<string>
  quorum: Octets | undefined
}

/** @throws transparency.bad_policy with the number of the line */
export function parsePolicy(bytes: Uint8Array): Policy {
  if (bytes.length > policyBytesMax) throw refuse.bad_policy({ detail: `More than ${policyBytesMax} bytes.` })
  const octets: Octets = Buffer.from(bytes).toString('latin1')
  if (control.test(octets)) throw refuse.bad_policy({ detail: 'Only tabs, newlines and printable text.' })
  if (octets !== '' && !octets.endsWith('\n')) throw refuse.bad_policy({ detail: 'The last line has no newline.' })
  const draft: Draft = {
    logs: [],
    witnesses: [],
    named: new Map(),
    members: new Set(),
    keys: new Set(),
    quorum: undefined,
  }
  octets.split('\n').forEach((line, at) => {
    const [kind, ...words] = line.split(/[ \t]+/).filter(word => word !== '')
    if (kind === undefined || kind.startsWith('#')) return
    const problem = takers.get(kind)?.(draft, words) ?? 'It begins with none of log, witness, group and quorum.'
    if (problem !== 'taken') throw refuse.bad_policy({ detail: `Line ${at + 1}. ${problem}` })
  })
  const { quorum } = draft
  if (quorum === undefined) throw refuse.bad_policy({ detail: 'It has no quorum line.' })
  const rule = draft.named.get(quorum)
  return Object.freeze({
    logs: draft.logs,
    witnesses: draft.witnesses,
    quorum: utf8(quorum),
    isQuorum: (cosigned: ReadonlySet<string>) => rule?.holds(cosigned) ?? true,
    fingerprint: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
  })
}

/** A head of a log that the policy names. */
export interface AcceptedCheckpoint extends CosignedCheckpoint {
  readonly log: NoteVerifier
  /** Whether as many witnesses signed it as the policy asks for. */
  readonly hasQuorum: boolean
  /** The latest moment at which a quorum had seen this head; undefined when the policy asks for none. */
  readonly witnessedAt: Date | undefined
}

/**
 * Opens a checkpoint by the policy: signed by one of its logs, cosigned by a quorum of its witnesses.
 * @throws transparency.unknown_key, transparency.no_quorum, and what `openCosigned` throws
 */
export function openByPolicy(note: string, policy: Policy): AcceptedCheckpoint {
  const head = readByPolicy(note, policy)
  if (head.hasQuorum) return head
  throw refuse.no_quorum({ detail: `${head.cosignatures.length} of ${policy.witnesses.length} witnesses signed it.` })
}

/**
 * The same, for whoever shows how far a head has come: without a quorum it is given all the same, and says so.
 * @throws transparency.unknown_key, and what `openCosigned` throws
 */
export function readByPolicy(note: string, policy: Policy): AcceptedCheckpoint {
  const { signatures } = parseNote(note)
  const log = policy.logs.find(({ key }) => signatures.some(({ name, id }) => name === key.name && id === key.id))?.key
  if (log === undefined) throw refuse.unknown_key({ detail: 'None of the logs of the policy has signed it.' })
  const witnesses = policy.witnesses.map(({ key }) => key)
  const head = openCosigned(note, log, witnesses)
  const witnessed = quorumAt(policy, head)
  return witnessed === 'none'
    ? { ...head, log, hasQuorum: false, witnessedAt: undefined }
    : { ...head, log, hasQuorum: true, witnessedAt: witnessed }
}

/** The latest moment at which a quorum is complete, counting only cosignatures that are no older than it. */
function quorumAt({ isQuorum }: Policy, { cosignatures }: CosignedCheckpoint): Date | undefined | 'none' {
  if (isQuorum(new Set())) return undefined
  const newestFirst = [...cosignatures].sort((a, b) => b.at.getTime() - a.at.getTime())
  const seen = new Set<string>()
  for (const { witness, at } of newestFirst) {
    seen.add(witness.encoded)
    if (isQuorum(seen)) return at
  }
  return 'none'
}

const takers = new Map<string, (draft: Draft, words: readonly Octets[]) => string>([
  ['log', takeLog],
  ['witness', takeWitness],
  ['group', takeGroup],
  ['quorum', takeQuorum],
])

function takeLog({ logs, keys }: Draft, [vkey = '', url, ...rest]: readonly Octets[]): string {
  const key = keyFrom(vkey, parseVerifierKey)
  if (key === undefined || rest.length > 0) return 'Expected log <vkey> [<url>], with a key that signs notes.'
  if (isKnown(keys, `log ${materialOf(key)}`)) return 'This log is there already.'
  if (logs.length === linesOfOneKindMax) return 'These are too many logs.'
  logs.push({ key, ...(url === undefined ? {} : { url: utf8(url) }) })
  return 'taken'
}

function takeWitness(draft: Draft, [name = '', vkey = '', url, ...rest]: readonly Octets[]): string {
  const key = keyFrom(vkey, parseWitnessKey)
  if (key === undefined || rest.length > 0) return 'Expected witness <name> <vkey> [<url>], with a key that cosigns.'
  if (isKnown(draft.keys, `witness ${materialOf(key)}`)) return 'This witness is there already.'
  if (draft.witnesses.length === linesOfOneKindMax) return 'These are too many witnesses.'
  const problem = define(draft, name, { holds: cosigned => cosigned.has(key.encoded) })
  if (problem === 'taken')
    draft.witnesses.push({ name: utf8(name), key, ...(url === undefined ? {} : { url: utf8(url) }) })
  return problem
}

function takeGroup(draft: Draft, [name = '', threshold = '', ...members]: readonly Octets[]): string {
  const rules = members.flatMap(member => draft.named.get(member) ?? [])
  if (members.length === 0 || rules.length !== members.length) return 'A member of the group is not defined above.'
  const least = threshold === 'any' ? 1 : threshold === 'all' ? members.length : Number(threshold)
  if (!/^(?:any|all|[1-9][0-9]{0,3})$/.test(threshold) || least > members.length) {
    return 'Expected group <name> all|any|<k> <name>..., with k from 1 to the number of names.'
  }
  for (const member of members) {
    if (isKnown(draft.members, member)) return `${utf8(member)} is a member already.`
  }
  return define(draft, name, { holds: cosigned => rules.filter(rule => rule.holds(cosigned)).length >= least })
}

function takeQuorum(draft: Draft, [name = '', ...rest]: readonly Octets[]): string {
  if (draft.quorum !== undefined) return 'There is a quorum line already.'
  if (rest.length > 0 || (name !== 'none' && !draft.named.has(name))) return 'Expected quorum <name>, defined above.'
  draft.quorum = name
  return 'taken'
}

function define({ named }: Draft, name: Octets, rule: Named): string {
  if (name === 'none' || named.has(name)) return 'This name is taken.'
  if (named.size === linesOfOneKindMax) return 'These are too many names.'
  named.set(name, rule)
  return 'taken'
}

/** Adds it; whether it was there before. */
function isKnown(set: Set<string>, item: string): boolean {
  const before = set.size
  set.add(item)
  return set.size === before
}

function keyFrom(octets: Octets, parse: (text: string) => NoteVerifier): NoteVerifier | undefined {
  try {
    return parse(utf8(octets))
  } catch {
    return undefined
  }
}

/** Two keys are the same when what signs is the same, whatever they are called. */
function materialOf({ name, encoded }: NoteVerifier): string {
  return encoded.slice(name.length + '+01234567+'.length)
}

function utf8(octets: Octets): string {
  return Buffer.from(octets, 'latin1').toString('utf8')
}
