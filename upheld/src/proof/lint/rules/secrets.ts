import type { Catalogue, Routine } from '../../../foundation/catalogue/index.ts'
import { resetOf } from './sessions.ts'
import type { Rule } from '../rule.ts'
import { grantsToApp, listed, namesOfApp, placeOf, revokes } from './ways.ts'

const secretWord =
  /(secret|passw(or)?d|api_?key|access_?key|private_?key|signing_?key|hmac|_key$|^key$|token|pepper|salt)/i

/** Forms that are secrets by themselves. */
const forms: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key'],
  [/\b(sk|rk)_(live|test)_[0-9A-Za-z]{16,}/, 'a key of a payment service'],
  [/\bAKIA[0-9A-Z]{16}\b/, 'a key of a cloud'],
  [/\bgh[pousr]_[0-9A-Za-z]{30,}/, 'a token of a code host'],
  [/\bxox[abpr]-[0-9A-Za-z-]{10,}/, 'a token of a chat service'],
  [/\bpostgres(ql)?:\/\/[^\s:'@]+:[^\s'@]+@/, 'an address with a password'],
  [/\bpassword\s*=\s*[^\s'";]{6,}/i, 'a connection string with a password'],
]

/** What a text holds that looks like a secret, told without showing it; undefined when nothing does. */
function secretIn(text: string): string | undefined {
  const form = forms.find(([pattern]) => pattern.test(text))
  if (form !== undefined) return form[1]
  for (const match of text.matchAll(/'((?:[^']|'')*)'/g)) {
    const literal = match[1] ?? ''
    const before = text.slice(Math.max(0, match.index - 60), match.index)
    const near = /([\p{L}_][\p{L}\p{N}_]*)[^\p{L}\p{N}_']*$/u.exec(before)?.[1] ?? ''
    const calls = /(hmac|pgp_sym_(en|de)crypt|encrypt|decrypt|digest|sign)\s*\([^;']*$/i.test(before)
    if ((secretWord.test(near) || calls) && looksRandom(literal)) return `a literal of ${literal.length} characters`
  }
  return undefined
}

/** Long, without spaces, and of more different characters than a word or a format has. */
function looksRandom(literal: string): boolean {
  const bare = literal.replace(/^\\x/, '')
  if (bare.length < 16 || /[\s%]/.test(bare)) return false
  const hex = /^[0-9a-f]+$/i.test(bare)
  const different = new Set(bare).size
  return hex ? bare.length >= 32 && different >= 6 : different >= 8 && /\d/.test(bare) && /\p{L}/u.test(bare)
}

const inSource: Rule = {
  id: 'secret.in-function',
  holes: [34],
  severity: 'high',
  title: 'The text of a function holds a secret',
  why: 'Every login reads the text of every function, whoever may call it. A key in it is known to whoever can run one SELECT.',
  needs: ['routines'],
  tenancy: false,
  *check({ routines }: Catalogue) {
    for (const routine of routines) {
      const found = routine.extension === null ? secretOf(routine) : undefined
      if (found === undefined) continue
      yield {
        place: { kind: 'function', label: routine.label },
        saw: `The text of ${routine.label} holds what looks like a secret: ${found}.`,
        mend: [],
      }
    }
  },
}

function secretOf({ source, language }: Routine): string | undefined {
  return source === null || ['c', 'internal'].includes(language) ? undefined : secretIn(source)
}

const inSetting: Rule = {
  id: 'secret.in-setting',
  holes: [34],
  severity: 'high',
  title: 'A default of a role or a database holds a secret',
  why: 'Every login reads these defaults, and every session finds them among its settings.',
  needs: ['server'],
  tenancy: false,
  *check({ server }) {
    for (const one of server.defaults) {
      const named = one.name.includes('.') && secretWord.test(one.name.split('.').at(-1) ?? '') && one.value.length >= 8
      const found = named ? `a value of ${one.value.length} characters` : secretIn(`${one.name} '${one.value}'`)
      if (found === undefined) continue
      yield {
        place:
          one.role === ''
            ? { kind: 'database', label: one.database === '' ? server.database : one.database }
            : { kind: 'role', label: one.role },
        saw: `The default ${one.name} holds what looks like a secret: ${found}.`,
        mend: [resetOf(one)],
      }
    }
  },
}

const secretTable =
  /(^|_)(jwt|signing|context|encryption|hmac|master|private|api|secret)_?(key|secret|credential)s?$|^(secret|credential)s?$/i
const secretColumn =
  /^((jwt|signing|hmac|encryption|master|private|api|client|secret|webhook)_?(key|secret)|secret|password|inner_block|outer_block)$/i

const inTable: Rule = {
  id: 'secret.in-table',
  holes: [34],
  severity: 'medium',
  title: 'The application reads a table of keys that belongs to nobody',
  why: 'A key that all organizations share, in a table without row security, is one injected SELECT away; with it whatever it signs can be forged.',
  needs: ['relations', 'columns', 'roles', 'grants'],
  *check(catalogue, ground) {
    const names = namesOfApp(catalogue, ground)
    for (const relation of catalogue.relations) {
      if (ground.tenantTables.has(relation.oid) || relation.extension !== null || relation.rowSecurity) continue
      if (!['table', 'partitioned', 'view', 'materialized view', 'foreign table'].includes(relation.kind)) continue
      const columns = relation.columns.filter(
        ({ name, base }) =>
          ['bytea', 'text', 'character varying', 'varchar', 'json', 'jsonb'].includes(base) &&
          (secretColumn.test(name) ||
            (secretTable.test(relation.name) && /^(key|value|secret|pem|material)$/i.test(name))),
      )
      const grants = [
        ...grantsToApp(relation.grants, relation.owner, names, ['SELECT']),
        ...columns.flatMap(column => grantsToApp(column.grants, relation.owner, names, ['SELECT'])),
      ]
      if (columns.length === 0 || grants.length === 0) continue
      yield {
        place: placeOf(relation),
        saw: `The application reads ${listed(columns.map(({ name }) => name))} of ${relation.label}, which belongs to no organization.`,
        mend: revokes(`TABLE ${relation.label}`, relation.owner, grants),
      }
    }
  },
}

export const secretRules: readonly Rule[] = [inSource, inSetting, inTable]
