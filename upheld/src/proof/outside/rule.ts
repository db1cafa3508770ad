import type { Severity } from '../lint/index.ts'
import type { PartName, Parts, Seen } from './seen.ts'

/** Something of the address that a rule points at. */
export interface OutsidePlace {
  readonly kind: 'address' | 'certificate' | 'header' | 'cookie' | 'page' | 'file'
  readonly label: string
}

/** One place that breaks a rule; the same shape as that of the linter. */
export interface OutsideHit {
  readonly place: OutsidePlace
  /** What was seen there, in one plain sentence. Never the value of a cookie. */
  readonly saw: string
  /** What to do, one step each, in words or as the header line to send. */
  readonly mend: readonly string[]
  readonly severity?: Severity
  /** When nobody can tell: reported as unproven, with `saw` as the reason. */
  readonly unproven?: boolean
}

interface RuleWords {
  /** Stable, such as tls.old-version. */
  readonly id: string
  /** The promise of the catalogue that it belongs to. */
  readonly claim: 'tls.only' | 'headers.graded' | 'disclosure.open'
  readonly severity: Severity
  readonly title: string
  /** What somebody could do with it, in one or two plain sentences. */
  readonly why: string
}

export interface OutsideRule extends RuleWords {
  readonly needs: PartName
  judge(seen: Seen): { readonly hits: readonly OutsideHit[] } | { readonly unseen: string }
}

/** A rule on what one question brought. */
export function ruleOn<K extends PartName>(
  needs: K,
  { check, ...words }: RuleWords & { readonly check: (part: Parts[K]) => Iterable<OutsideHit> },
): OutsideRule {
  return Object.freeze({
    ...words,
    needs,
    judge(seen: Seen) {
      const part = seen[needs]
      return 'unseen' in part ? { unseen: part.unseen } : { hits: [...check(part.seen)] }
    },
  })
}
