import type { Catalogue, Routine } from '../../../foundation/catalogue/index.ts'
import type { Ground } from '../ground.ts'

/** Stands for a text that is not known: it may name anything. */
const anything = 'what cannot be read here'

/**
 * The words of a routine's text that can be names, in lower case. A statement that is put together at run time, and a
 * language whose text is not SQL, may name anything.
 */
export function wordsOf(routine: Routine): readonly string[] {
  if (routine.source === null) return [anything]
  const words = new Set<string>()
  for (const [word, inner] of routine.source.matchAll(/"((?:[^"]|"")+)"|[\p{L}_][\p{L}\p{N}_$]*/gu)) {
    words.add((inner ?? word).replaceAll('""', '"').toLowerCase())
  }
  if (routine.language === 'plpgsql' && words.has('execute')) words.add(anything)
  if (!['sql', 'plpgsql'].includes(routine.language)) words.add(anything)
  return [...words]
}

const known = new WeakMap<Ground, ReadonlySet<string>>()

/** Words that lead to rows of organizations: tables of organizations, views on them, and functions that name one of these. */
export function reachingWords(catalogue: Catalogue, ground: Ground): ReadonlySet<string> {
  const before = known.get(ground)
  if (before !== undefined) return before
  const oids = new Set(ground.tenantTables.keys())
  const words = new Set([anything])
  for (let size = -1; size !== oids.size;) {
    size = oids.size
    for (const { oid, reads } of catalogue.relations) if (reads.some(one => oids.has(one))) oids.add(oid)
  }
  for (const { oid, name } of catalogue.relations) if (oids.has(oid)) words.add(name.toLowerCase())
  const routines = catalogue.routines
    .filter(({ extension }) => extension === null)
    .map(routine => ({ name: nameOf(routine), words: wordsOf(routine) }))
  for (let size = -1; size !== words.size;) {
    size = words.size
    for (const routine of routines) if (routine.words.some(word => words.has(word))) words.add(routine.name)
  }
  known.set(ground, words)
  return words
}

/** The bare name of a routine, in lower case, out of its label. */
function nameOf({ label }: Routine): string {
  const quotedName = /\."((?:[^"]|"")+)"\(/.exec(label)?.[1]
  return (quotedName?.replaceAll('""', '"') ?? /\.([^".(]+)\(/.exec(label)?.[1] ?? label).toLowerCase()
}
