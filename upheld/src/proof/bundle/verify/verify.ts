import { isObject, parseVerifierKey, readLeaf } from '../../../core/transparency/index.ts'
import type { Anchoring } from './anchor.ts'
import { refuse } from './errors.ts'
import { openUnder } from './handover.ts'
import { sectionPath } from './manifest.ts'
import { archiveReader, under } from './reader.ts'
import type { Pieces } from './reader.ts'
import { readSection } from './section.ts'
import type { Section } from './section.ts'

export interface AuditOptions {
  /** The verifier key of the log that the reader already trusts: that of now, or one that it had before. */
  readonly key?: string
  /** Fingerprint (`sha256:` and 64 hex digits) of the policy that the reader already trusts. */
  readonly policy?: string
  /** A signed head of this log, or of one before it, that the reader has kept: the bundle must continue it. */
  readonly seen?: string
  /** The head must have been anchored, and seen by a quorum of witnesses, at most this long before `now`. */
  readonly freshSecs?: number
  readonly now: Date
}

/** What every log of a bundle says. */
interface VerifiedSection {
  readonly origin: string
  /** The key that signs it now. */
  readonly key: string
  /** Every key that it had, with the entries that it signs: the last one is that of now. */
  readonly keys: readonly { readonly key: string; readonly from: number; readonly until: number | undefined }[]
  readonly size: number
  /** Entries below were pruned: they count in the tree, and are not here. */
  readonly minimum: number
  /** Base64. */
  readonly root: string
  readonly checkpoint: string
  readonly firstAt: string | undefined
  readonly lastAt: string | undefined
  readonly disclosed: number
  readonly erased: number
  /** Erased, and the entry that says so is not in this log: not yet, or it is in the log after it. */
  readonly erasedUnlogged: number
}

export interface VerifiedAudit extends VerifiedSection {
  readonly kind: 'audit'
  /** Whether the reader gave a key, and the log has it or had it. */
  readonly keyPinned: boolean
  readonly policy: string
  readonly policyPinned: boolean
  readonly anchoring: Anchoring | undefined
  /** Logs that ended when the database was turned back, the newest first: each is what the one after it follows. */
  readonly before: readonly VerifiedSection[]
  readonly continuesSeen: boolean
}

/**
 * Recomputes everything that the audit bundle of an organization says, offline, in memory that does not grow with the
 * entries' texts. Any byte that differs from what was exported is refused.
 * @throws a code of `bundle` or `transparency`
 */
export async function verifyAuditBundle(pieces: Pieces, options: AuditOptions): Promise<VerifiedAudit> {
  const archive = archiveReader(pieces)
  const own = await readSection(archive, options.seen, papers => checkTrust(papers, options))
  const before: Section[] = []
  for (let at = 1; at <= own.manifest.before; at += 1) {
    const later = before.at(-1) ?? own
    const one = await readSection(under(sectionPath(at), archive), options.seen, ({ manifest }) => {
      if (manifest.before !== own.manifest.before - at)
        throw refuse.bad_archive({ detail: 'Logs of before are missing.' })
    })
    checkFollows(later, one)
    before.push(one)
  }
  await archive.end()
  const continuesSeen = [own, ...before].some(one => one.continuesSeen)
  // A head of no log in this bundle is not passed over: why it does not belong here is told.
  if (options.seen !== undefined && !continuesSeen) openUnder(options.seen, own.keys)
  return Object.freeze({
    kind: 'audit' as const,
    ...said(own),
    keyPinned: options.key !== undefined,
    policy: own.policy.fingerprint,
    policyPinned: options.policy !== undefined,
    anchoring: own.anchoring,
    before: before.map(said),
    continuesSeen,
  })
}

function said({ head, keys, manifest, checkpoint, firstAt, lastAt, disclosures }: Section): VerifiedSection {
  return {
    origin: head.origin,
    key: manifest.key,
    keys: keys.all.map(({ key, from, until }) => ({ key: key.encoded, from, until })),
    size: manifest.size,
    minimum: manifest.minimum,
    root: head.root.toString('base64'),
    checkpoint,
    firstAt,
    lastAt,
    ...disclosures,
  }
}

type Papers = Pick<Section, 'manifest' | 'keys' | 'policy' | 'anchoring'>

/** Key and policy are those that the reader trusts, and the policy's witnesses have seen this head, lately where asked. */
function checkTrust({ manifest, keys, policy, anchoring }: Papers, options: AuditOptions): void {
  if (options.policy !== undefined && options.policy !== policy.fingerprint) {
    throw refuse.not_pinned({ detail: `Its policy is ${policy.fingerprint}.` })
  }
  const pinned = options.key === undefined ? undefined : parseVerifierKey(options.key).encoded
  if (pinned !== undefined && !keys.all.some(({ key }) => key.encoded === pinned)) {
    throw refuse.not_pinned({ detail: `It was made with ${manifest.key}.` })
  }
  if (options.policy !== undefined) {
    if (anchoring === undefined) throw refuse.not_anchored()
    if (!anchoring.hasQuorum) throw refuse.not_witnessed({ detail: `${anchoring.cosignatures.length} have.` })
  }
  checkFresh(anchoring, options)
}

/** How far clocks of different machines may be apart. */
const skewSecs = 300

/**
 * Witnesses bound the age of the anchor log, its leaf that of this head: an old leaf is as well proven in the anchor log of
 * today as a new one, and would let a log pass that was cut since.
 */
function checkFresh(anchoring: Anchoring | undefined, { freshSecs, now }: AuditOptions): void {
  if (freshSecs === undefined) return
  const at = anchoring?.witnessedAt
  if (anchoring === undefined || at === undefined) throw refuse.stale({ detail: 'No witness has signed it.' })
  const ageOf = (time: Date): number => Math.floor((now.getTime() - time.getTime()) / 1000)
  for (const [what, time] of [
    ['The quorum', at],
    ['What was anchored of this log', anchoring.anchoredAt],
  ] as const) {
    if (time === undefined) throw refuse.stale({ detail: `${what} has no time.` })
    if (ageOf(time) > freshSecs) {
      throw refuse.stale({ detail: `${what} is ${ageOf(time)} s old; at most ${freshSecs} s were asked for.` })
    }
    if (ageOf(time) < -skewSecs) throw refuse.stale({ detail: `${what} is dated ${-ageOf(time)} s after now.` })
  }
  // Whoever dates a leaf ahead would have it pass for new until then.
  if (anchoring.anchoredAt !== undefined && ageOf(anchoring.anchoredAt) < ageOf(at) - skewSecs) {
    throw refuse.stale({ detail: 'What was anchored of this log is dated after the quorum saw it.' })
  }
}

/** The first leaf of a successor holds the signed head of the log that it follows. */
function checkFollows(later: Section, one: Section): void {
  const leaf = later.firstLeaf === undefined ? undefined : readLeaf(later.firstLeaf)
  const follows =
    isObject(leaf) &&
    leaf['type'] === 'upheld/successor@v1' &&
    leaf['predecessor'] === one.head.origin &&
    leaf['found'] === one.checkpoint
  if (!follows) throw refuse.no_chain({ detail: `${later.head.origin} does not follow ${one.head.origin}.` })
}
