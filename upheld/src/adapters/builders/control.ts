import type { TransactionMode } from '../../foundation/tenancy/index.ts'
import { refuse } from './errors.ts'

/** A text that steers a transaction, as code writes it that was made for a plain connection. */
export type Control =
  | { readonly does: 'begin' | 'mode'; readonly mode: TransactionMode }
  | { readonly does: 'commit' | 'rollback' }
  | { readonly does: 'savepoint' | 'release' | 'rollbackTo'; readonly name: string }

const first = /^\s*(begin|start|commit|end|rollback|abort|savepoint|release|set)\b/i
const identifier = String.raw`([a-z_\u0080-\uffff][\w$\u0080-\uffff]*|"(?:[^"\u0000]|"")+")`

const forms: readonly (readonly [form: RegExp, read: (found: RegExpExecArray) => Control])[] = [
  [
    /^(?:begin(?: work| transaction)?|start transaction)(?: (.+))?$/i,
    found => ({ does: 'begin', mode: modeOf(found[1]) }),
  ],
  [/^set transaction (.+)$/i, found => ({ does: 'mode', mode: modeOf(found[1]) })],
  [/^(?:commit|end)(?: work| transaction)?$/i, () => ({ does: 'commit' })],
  [/^(?:rollback|abort)(?: work| transaction)?$/i, () => ({ does: 'rollback' })],
  [new RegExp(`^savepoint ${identifier}$`, 'i'), found => ({ does: 'savepoint', name: nameOf(found[1]) })],
  [new RegExp(`^release(?: savepoint)? ${identifier}$`, 'i'), found => ({ does: 'release', name: nameOf(found[1]) })],
  [
    new RegExp(`^rollback(?: work| transaction)? to(?: savepoint)? ${identifier}$`, 'i'),
    found => ({ does: 'rollbackTo', name: nameOf(found[1]) }),
  ],
]

/**
 * Reads the whole of a text, or nothing of it: what is not exactly one of these forms is left for the gate, which
 * refuses it. So no second statement and no setting can hide behind a word that steers.
 * @throws builders.unknown_isolation
 */
export function controlOf(text: string): Control | undefined {
  if (!first.test(text)) return undefined
  const plain = text.trim().replace(/\s*;$/, '')
  // A quoted name keeps its spaces; between words any number of them is one.
  const quote = plain.includes('"') ? plain.indexOf('"') : plain.length
  const spaced = plain.slice(0, quote).replace(/\s+/g, ' ') + plain.slice(quote)
  for (const [form, read] of forms) {
    const found = form.exec(spaced)
    if (found !== null) return read(found)
  }
  return undefined
}

const isolations = ['serializable', 'repeatable read', 'read committed', 'read uncommitted'] as const

/** @throws builders.unknown_isolation */
export function isolationOf(words: string): NonNullable<TransactionMode['isolation']> {
  const known = isolations.find(one => one === words.toLowerCase())
  if (known === undefined) throw refuse.unknown_isolation()
  return known
}

function modeOf(words: string | undefined): TransactionMode {
  let mode: TransactionMode = {}
  let rest = (words ?? '').toLowerCase().trim()
  while (rest !== '') {
    const found =
      /^(isolation level (serializable|repeatable read|read committed|read uncommitted|\w+)|read only|read write|not deferrable|deferrable)(?: ?, ?| |$)/.exec(
        rest,
      )
    if (found === null) throw refuse.unknown_isolation()
    mode = { ...mode, ...oneMode(found[1] ?? '', found[2]) }
    rest = rest.slice(found[0].length)
  }
  return mode
}

function oneMode(words: string, level: string | undefined): TransactionMode {
  if (level !== undefined) return { isolation: isolationOf(level) }
  if (words === 'read only' || words === 'read write') return { access: words }
  return { deferrable: words === 'deferrable' }
}

/** As Postgres reads it: in lower case, unless it is quoted. */
function nameOf(written = ''): string {
  return written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written.toLowerCase()
}
