import { createHash, randomUUID } from 'node:crypto'
import { canonicalJson } from '../../core/json.ts'
import type { JsonObject } from '../../core/json.ts'
import { growEdge, leafHash, signCheckpoint } from '../../core/transparency/index.ts'
import { entryOf, timeText } from './entry.ts'
import type { Head } from './heads.ts'
import type { LogKeys } from './keys.ts'
import { anchorMention } from './store.ts'
import type { LogRow, Waiting } from './store.ts'
import type { Batch, Handover, NewLeaf } from './write.ts'

/** A leaf that has no place yet. */
export interface Draft {
  readonly id: string
  readonly action: string
  readonly actorType: string
  readonly actorId: string
  readonly object: string | null
  readonly outcome: string | null
  readonly bytes: Buffer
  /** What it is about, and for whom it can be found under that. */
  readonly mentions: readonly { readonly organization: string; readonly target: string }[]
}

/** What one log adds to a batch, and its head afterwards. */
export interface Growth extends Pick<Batch, 'leaves' | 'mentions' | 'tiles' | 'heads'> {
  readonly head: Head
}

const headsInLeafMax = 100
const recorder = { type: 'recorder', id: 'recorder' }

/** When a log takes in what it takes in now: never before what it took in last. */
export function loggedAt({ row }: Head, now: Date): Date {
  return row.receivedAt !== null && row.receivedAt > now ? row.receivedAt : now
}

/** A log with more leaves, signed with the newest key; the first leaf under a new key names it, and the key before hands over. */
export function growLog(head: Head, drafts: readonly Draft[], time: Date, keys: LogKeys): Growth {
  const { row } = head
  const signer = keys.signer(row.origin)
  const named = row.epoch === keys.epoch ? undefined : keyDraft(row, time, keys)
  const all = named === undefined ? drafts : [named, ...drafts]
  const { tiles, edge, root } = growEdge(
    head.edge,
    row.size,
    all.map(({ bytes }) => leafHash(bytes)),
  )
  const size = row.size + all.length
  const checkpoint = signCheckpoint({ size, root }, signer)
  const verifierKey = signer.verifier.encoded
  const leaves = all.map((draft, i): NewLeaf => ({
    log: row.id,
    index: row.size + i,
    organization: row.organization,
    receivedAt: time,
    id: draft.id,
    action: draft.action,
    actorType: draft.actorType,
    actorId: draft.actorId,
    object: draft.object,
    outcome: draft.outcome,
    bytes: draft.bytes,
  }))
  const mentions = all.flatMap((draft, i) => draft.mentions.map(one => ({ ...one, log: row.id, index: row.size + i })))
  return {
    leaves,
    mentions,
    tiles: tiles.filter(({ hashes }) => hashes.length === 256).map(tile => ({ ...tile, log: row.id })),
    heads: [
      {
        log: row.id,
        oldSize: row.size,
        size,
        checkpoint,
        receivedAt: time,
        verifierKey,
        epoch: keys.epoch,
        ...(named === undefined ? {} : { handover: handoverTo(named, head, keys) }),
      },
    ],
    head: { row: { ...row, size, checkpoint, receivedAt: time, verifierKey, epoch: keys.epoch }, root, edge },
  }
}

/** The key before signs the head up to the leaf that names the next one, and nothing after it. */
function handoverTo(named: Draft, { edge, row }: Head, keys: LogKeys): Handover {
  const { root } = growEdge(edge, row.size, [leafHash(named.bytes)])
  const checkpoint = signCheckpoint({ size: row.size + 1, root }, keys.signer(row.origin, row.epoch))
  return { leaf: named.bytes, checkpoint }
}

export function entryDraft(waiting: Waiting, time: Date): Draft {
  const { mentions, ...entry } = entryOf(waiting, time)
  return { ...entry, mentions: mentions.map(target => ({ organization: waiting.organization, target })) }
}

/** The name of a log in an anchor leaf: the origin itself would tell witnesses nothing, but need not be told. */
export function originHash(origin: string): string {
  return createHash('sha256').update(origin).digest('base64')
}

/** Leaves of the anchor log for every head that moved, 100 in each at most. */
export function anchorDrafts(heads: readonly Head[], time: Date): Draft[] {
  const drafts: Draft[] = []
  for (let at = 0; at < heads.length; at += headsInLeafMax) {
    const part = heads.slice(at, at + headsInLeafMax)
    const leaf = {
      type: 'upheld/anchor@v1',
      at: timeText(time),
      heads: part.map(({ row, root }) => ({
        log: originHash(row.origin),
        size: row.size,
        root: root.toString('base64'),
      })),
    }
    const mentions = part.flatMap(({ row }) =>
      row.organization === null ? [] : [{ organization: row.organization, target: anchorMention }],
    )
    drafts.push(ownDraft('anchor.heads', leaf, mentions))
  }
  return drafts
}

/** The first leaf of a log that takes the place of another: what was found of it, and for an anchor log what was seen. */
export function successorDraft(
  time: Date,
  said: { readonly predecessor: string; readonly found?: string; readonly seen?: string; readonly reason?: string },
): Draft {
  return ownDraft('audit.successor', { type: 'upheld/successor@v1', received_at: timeText(time), ...said })
}

function keyDraft({ size, origin }: LogRow, time: Date, keys: LogKeys): Draft {
  const detail = { epoch: keys.epoch, since_size: size, verifier_key: keys.signer(origin).verifier.encoded }
  const [action, id] = ['audit.key', randomUUID()]
  const times = { at: timeText(time), received_at: timeText(time) }
  const said = { type: 'upheld/audit@v1', id, action, actor: recorder, purpose: 'key rotation', outcome: 'success' }
  return ownDraft(action, { ...said, ...times, detail }, [], id)
}

function ownDraft(
  action: string,
  leaf: JsonObject,
  mentions: Draft['mentions'] = [],
  id: string = randomUUID(),
): Draft {
  const bytes = Buffer.from(canonicalJson(leaf))
  const outcome = leaf['outcome'] === 'success' ? 'success' : null
  return { id, action, actorType: recorder.type, actorId: recorder.id, object: null, outcome, bytes, mentions }
}
