import type { Entry } from '../search/index.ts'

/** Whose log it is, for receivers that take the logs of many. */
export interface Source {
  readonly organization: string
  /** The origin of the log, as in its checkpoints. */
  readonly origin: string
  /** The release of Upheld that exports. */
  readonly version: string
}

/** One way to write entries down, a line each. */
export interface Format {
  readonly name: FormatName
  /** For the content type of a request. */
  readonly media: string
  /** The first line, where a file has one. */
  readonly header?: string
  /** One line without its end. `before` is the entry in front of it, absent at the beginning of a log. */
  line(entry: Entry, source: Source, before: Entry | undefined): string
}

export const formatNames = ['ocsf', 'ecs', 'cef', 'cadf', 'ndjson', 'csv'] as const
export type FormatName = (typeof formatNames)[number]

/** 0 to 10 as CEF counts, 1 to 6 as OCSF does. What was refused is worth a look, what failed less so. */
export function severityOf({ says: { outcome } }: Entry): { readonly cef: number; readonly ocsf: 1 | 2 | 3 } {
  if (outcome === 'denied') return { cef: 6, ocsf: 3 }
  return outcome === 'failure' ? { cef: 4, ocsf: 2 } : { cef: 2, ocsf: 1 }
}

export type Verb = 'create' | 'read' | 'update' | 'delete' | 'decrypt' | 'other'

const verbs: Readonly<Record<string, Verb>> = {
  insert: 'create',
  create: 'create',
  created: 'create',
  add: 'create',
  added: 'create',
  made: 'create',
  started: 'create',
  invited: 'create',
  read: 'read',
  search: 'read',
  list: 'read',
  export: 'read',
  exported: 'read',
  viewed: 'read',
  update: 'update',
  updated: 'update',
  changed: 'update',
  renamed: 'update',
  rotated: 'update',
  delete: 'delete',
  deleted: 'delete',
  removed: 'delete',
  revoked: 'delete',
  destroyed: 'delete',
  erase: 'delete',
  ended: 'delete',
  open: 'decrypt',
}

/** What kind of deed it was, by the last word of its action. `open` is of sealed columns alone. */
export function verbOf(action: string): Verb {
  if (action.endsWith('.open') && action !== 'sealed.open') return 'other'
  const word = action.slice(action.lastIndexOf('.') + 1)
  // What every object has, such as `constructor`, is a last word as well.
  return (Object.hasOwn(verbs, word) ? verbs[word] : undefined) ?? 'other'
}

/** One sentence for a person, made of words of the leaf that hold no personal value. */
export function sentenceOf({ says }: Entry): string {
  const { action, actor, object, rows_total: total, outcome } = says
  const what = object === undefined ? '' : ` on ${object}${total === undefined ? '' : ` (${total} rows)`}`
  return `${actor.type} ${actor.id}: ${action}${what}, ${outcome}`
}

/** Characters that some receiver takes for the end of a line or a cell, or that steer a terminal, as their numbers. */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}]/gu,
    found => `(U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')})`,
  )
}
