import { readdirSync, readFileSync } from 'node:fs'

/** One function of the kernel, as its SQL defines it. */
export interface KernelRoutine {
  /** Such as `upheld.enter(text, integer)`. */
  readonly label: string
  readonly language: string
  readonly volatility: 'immutable' | 'stable' | 'volatile'
  readonly definer: boolean
  /** `name=value`, as the server keeps them. */
  readonly settings: readonly string[]
  /** The text between the dollars, which is what the server keeps. */
  readonly source: string
  /** Undefined: the superuser who installed it. */
  readonly owner: string | undefined
  /** Who may call it besides its owner. */
  readonly callers: readonly string[]
  /** Statements that put it back as it was shipped. */
  readonly install: readonly string[]
}

/** One table of the guard. */
interface KernelTable {
  /** Such as `upheld_guard.context_key`. */
  readonly label: string
  /** Rights besides the owner's, as `SELECT upheld_migrate`. */
  readonly rights: readonly string[]
}

interface Kernel {
  readonly routines: readonly KernelRoutine[]
  readonly tables: readonly KernelTable[]
  /** Event triggers by name, each with the statement that makes it. */
  readonly eventTriggers: readonly { readonly name: string; readonly install: string }[]
}

const folder = new URL('./kernel/', import.meta.url)
const routineForm =
  /create or replace function (?<name>[a-z_.]+)\((?<args>[^)]*)\) returns [^\n]+\nlanguage (?<language>\w+)(?<words>[^$]*?)as \$\$(?<source>.*?)\$\$;/gs
const judges = ['upheld_migrate', 'upheld_owner']

let read: Kernel | undefined

/**
 * What the kernel installs, read from the very files that install it: whoever compares a database with it compares with
 * what this release ships. Tests hold it against a database that was just prepared, on every supported major.
 */
export function kernel(): Kernel {
  read ??= kernelOf(
    readdirSync(folder)
      .sort()
      .map(file => readFileSync(new URL(file, folder), 'utf8'))
      .join('\n'),
  )
  return read
}

function kernelOf(text: string): Kernel {
  const plain = text.replace(/do \$\$.*?\n\$\$;/gs, '').replace(/as \$\$.*?\$\$;/gs, '')
  const owners = new Map(
    [...plain.matchAll(/alter function ([a-z_.]+\([^)]*\)) owner to (\w+);/g)].map(([, label = '', owner = '']) => [
      label,
      owner,
    ]),
  )
  const callers = grantsIn(plain, /grant execute on function ((?!pg_catalog)[^;]+?) to ([^;]+);/g)
  return Object.freeze({
    routines: [...text.matchAll(routineForm)].map(({ 0: definition, groups = {} }) =>
      routineOf(definition, groups, owners, callers),
    ),
    tables: tablesIn(plain),
    eventTriggers: [...plain.matchAll(/create event trigger (\w+) [^;]+;/g)].map(([install, name = '']) => ({
      name,
      install: install.slice(0, -1),
    })),
  })
}

function routineOf(
  definition: string,
  groups: Readonly<Partial<Record<string, string>>>,
  owners: ReadonlyMap<string, string>,
  granted: ReadonlyMap<string, readonly string[]>,
): KernelRoutine {
  const { name = '', args = '', language = '', words = '', source = '' } = groups
  const types = args.split(',').flatMap(arg => arg.trim().split(' ').at(-1) || [])
  const label = `${name}(${types.join(', ')})`
  const owner = owners.get(label)
  const callers = /(faults|canonical_policy)$/.test(name) ? judges : (granted.get(label) ?? [])
  return {
    label,
    language,
    volatility: /\bstable\b/.test(words) ? 'stable' : /\bimmutable\b/.test(words) ? 'immutable' : 'volatile',
    definer: /\bsecurity definer\b/.test(words),
    settings: [...words.matchAll(/\bset (\w+) = (.+?)(?= set |\s*$)/g)].map(
      ([, setting = '', value = '']) => `${setting}=${value.replaceAll("'", '').trim()}`,
    ),
    source,
    owner,
    callers,
    install: [
      definition.slice(0, -1),
      ...(owner === undefined ? [] : [`alter function ${label} owner to ${owner}`]),
      `revoke all on function ${label} from public`,
      ...(callers.length === 0 ? [] : [`grant execute on function ${label} to ${callers.join(', ')}`]),
    ],
  }
}

function tablesIn(plain: string): readonly KernelTable[] {
  const rights = new Map<string, string[]>()
  for (const [, verbs = '', labels = '', roles = ''] of plain.matchAll(
    /grant ([a-z, ]+) on ((?:upheld_guard\.\w+(?:, )?)+) to ([^;]+);/g,
  )) {
    const added = split(roles).flatMap(role => split(verbs).map(verb => `${verb.toUpperCase()} ${role}`))
    for (const label of split(labels)) rights.set(label, [...(rights.get(label) ?? []), ...added])
  }
  return [...plain.matchAll(/create table if not exists (upheld_guard\.\w+)/g)].map(([, label = '']) => ({
    label,
    rights: rights.get(label) ?? [],
  }))
}

/** Who was granted what, by the label of the function: `a(text), a(text, integer) to x, y`. */
function grantsIn(plain: string, form: RegExp): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  for (const [, labels = '', roles = ''] of plain.matchAll(form)) {
    for (const [label] of labels.matchAll(/[a-z_.]+\([^)]*\)/g)) {
      found.set(label, [...(found.get(label) ?? []), ...split(roles)])
    }
  }
  return found
}

function split(list: string): readonly string[] {
  return list.split(',').map(word => word.trim())
}
