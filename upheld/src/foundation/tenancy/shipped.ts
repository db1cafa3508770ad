/** One function as the SQL of this release defines it. */
export interface ShippedRoutine {
  /** Such as `upheld.enter(text, integer)`. */
  readonly label: string
  readonly language: string
  readonly volatility: 'immutable' | 'stable' | 'volatile'
  readonly definer: boolean
  /** `name=value`, as the SQL spells them; the server may write the name in other capitals. */
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

export interface ShippedPolicy {
  readonly name: string
  /** As pg_policy has it: `*` for all. */
  readonly command: '*' | 'r' | 'a' | 'w' | 'd'
  readonly roles: readonly string[]
  readonly using: string | undefined
  readonly check: string | undefined
  readonly install: string
}

export interface ShippedTrigger {
  readonly name: string
  /** The statement that makes it, which is how the server prints it but for capitals. */
  readonly install: string
}

export interface ShippedTable {
  /** Such as `upheld_guard.context_key`. */
  readonly label: string
  /** Rights besides the owner's, as `SELECT upheld_migrate`; on single columns, `UPDATE (size) upheld_record`. */
  readonly rights: readonly string[]
  readonly policies: readonly ShippedPolicy[]
  readonly triggers: readonly ShippedTrigger[]
}

/** What SQL files of this release install. */
export interface Shipped {
  readonly routines: readonly ShippedRoutine[]
  readonly tables: readonly ShippedTable[]
  /** Event triggers by name, each with the statement that makes it. */
  readonly eventTriggers: readonly { readonly name: string; readonly install: string }[]
  /** Who may use each schema. */
  readonly users: ReadonlyMap<string, readonly string[]>
}

const routineForm =
  /create or replace function (?<name>[a-z_.]+)\((?<args>[^)]*)\)(?: returns [^\n]+\n| )language (?<language>\w+)(?<words>[^$]*?)as \$\$(?<source>.*?)\$\$;/gs
const policyForm =
  /create policy (?<name>\w+) on (?<table>[\w.]+)(?: for (?<command>\w+))? to (?<roles>[\w, ]+?)\s+(?:using \((?<using>[^;]*?)\))?\s*(?:with check \((?<check>[^;]*?)\))?;/g
const triggerForm = /create trigger (?<name>\w+) [^;]*? on (?<table>\w+\.\w+)[^;]*;/g
const commands = { select: 'r', insert: 'a', update: 'w', delete: 'd' } as const

/**
 * What the text of SQL files installs: whoever compares a database with it compares with what this release ships. Reads
 * the forms in which our own files are written, not SQL; loops and blocks (`do`) are passed over. `granted` says who may call what such a block grants.
 */
export function shippedOf(text: string, granted?: (name: string) => readonly string[] | undefined): Shipped {
  const plain = text
    .replace(/^\s*--.*$/gm, '')
    .replace(/do \$\$.*?\n\$\$;/gs, '')
    .replace(/as \$\$.*?\$\$;/gs, '')
  const owners = new Map(
    [...plain.matchAll(/alter function ([a-z_.]+\([^)]*\)) owner to (\w+);/g)].map(([, label = '', owner = '']) => [
      spelled(label),
      owner,
    ]),
  )
  const callers = callersIn(plain)
  return Object.freeze({
    routines: [...text.matchAll(routineForm)].map(({ 0: definition, groups = {} }) =>
      routineOf(definition, groups, owners, label => granted?.(label) ?? callers.get(label) ?? []),
    ),
    tables: tablesIn(plain),
    eventTriggers: [...plain.matchAll(/create event trigger (\w+) [^;]+;/g)].map(([install, name = '']) => ({
      name,
      install: install.slice(0, -1),
    })),
    users: usersIn(plain),
  })
}

function routineOf(
  definition: string,
  groups: Groups,
  owners: ReadonlyMap<string, string>,
  callersOf: (label: string) => readonly string[],
): ShippedRoutine {
  const { name = '', args = '', language = '', words = '', source = '' } = groups
  const types = args
    .split(',')
    .flatMap(arg => (arg.trim().startsWith('out ') ? [] : arg.trim().split(' ').at(-1) || []))
  const label = spelled(`${name}(${types.join(', ')})`)
  const owner = owners.get(label)
  const callers = callersOf(label)
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

/** Argument types as the server prints them. */
function spelled(label: string): string {
  return label.replaceAll(/\btimestamptz\b/g, 'timestamp with time zone')
}

function tablesIn(plain: string): readonly ShippedTable[] {
  const rights = rightsIn(plain)
  const policies = grouped([...plain.matchAll(policyForm)], policyOf)
  const triggers = grouped([...plain.matchAll(triggerForm)], (install, { name = '' }) => ({
    name,
    install: install.slice(0, -1).replaceAll(/\s+/g, ' '),
  }))
  return [...plain.matchAll(/create table if not exists (\w+\.\w+)/g)].map(([, label = '']) => ({
    label,
    rights: rights.get(label) ?? [],
    policies: policies.get(label) ?? [],
    triggers: triggers.get(label) ?? [],
  }))
}

type Groups = Readonly<Partial<Record<string, string>>>

/** What statements make, by the table that they name. */
function grouped<T>(
  statements: readonly RegExpMatchArray[],
  read: (statement: string, groups: Groups) => T,
): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, readonly T[]>()
  for (const { 0: statement, groups = {} } of statements) {
    const table = groups['table'] ?? ''
    found.set(table, [...(found.get(table) ?? []), read(statement, groups)])
  }
  return found
}

function policyOf(install: string, { name = '', command = '', roles = '', using, check }: Groups): ShippedPolicy {
  const known = Object.entries(commands).find(([word]) => word === command)?.[1]
  return { name, command: known ?? '*', roles: split(roles).toSorted(), using, check, install: install.slice(0, -1) }
}

/** Who was granted what, by the label of the table. */
function rightsIn(plain: string): ReadonlyMap<string, readonly string[]> {
  const rights = new Map<string, readonly string[]>()
  for (const [, verbs = '', labels = '', roles = ''] of plain.matchAll(
    /grant ([a-z_,\s()]+?)\s+on ((?:\w+\.\w+(?:,\s*)?)+)\s+to ([^;]+);/g,
  )) {
    const added = split(roles).flatMap(role => verbsIn(verbs).map(verb => `${verb} ${role}`))
    for (const label of split(labels)) rights.set(label, [...(rights.get(label) ?? []), ...added])
  }
  return rights
}

/** `select, update (salt, value)` is SELECT, UPDATE (salt) and UPDATE (value). */
function verbsIn(verbs: string): readonly string[] {
  return [...verbs.matchAll(/([a-z]+)(?: \(([^)]+)\))?/g)].flatMap(([, verb = '', columns]) =>
    columns === undefined ? [verb.toUpperCase()] : split(columns).map(column => `${verb.toUpperCase()} (${column})`),
  )
}

function usersIn(plain: string): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, readonly string[]>()
  for (const [, schema = '', roles = ''] of plain.matchAll(/grant usage on schema (\w+) to ([^;]+);/g)) {
    users.set(schema, [...(users.get(schema) ?? []), ...split(roles)])
  }
  return users
}

/** Who may call what, by the label of the function: `a(text), a(text, integer) to x, y`. */
function callersIn(plain: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  for (const [, labels = '', roles = ''] of plain.matchAll(
    /grant execute on function\s+((?!pg_catalog)[^;]+?)\s+to\s+([^;]+);/g,
  )) {
    for (const [label] of labels.matchAll(/[a-z_.]+\([^)]*\)/g)) {
      found.set(spelled(label), [...(found.get(spelled(label)) ?? []), ...split(roles)])
    }
  }
  return found
}

function split(list: string): readonly string[] {
  return list.split(',').map(word => word.trim())
}
