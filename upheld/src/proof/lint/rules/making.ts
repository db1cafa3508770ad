import type { DefaultPrivilege, Grant } from '../../../foundation/catalogue/index.ts'
import type { Hit, Rule } from '../rule.ts'
import { grantee, grantsToApp, listed, namesOfApp, quoted, revokes, spoken } from './ways.ts'

const temporary: Rule = {
  id: 'grant.temporary',
  holes: [18],
  severity: 'low',
  title: 'The application may make temporary tables',
  why: 'A temporary table named like a real one is found first, by every later statement on the same pooled connection, whoever sends it.',
  needs: ['roles', 'server'],
  *check(catalogue, ground) {
    const { database, databaseOwner, databaseGrants, upheld } = catalogue.server
    const grants = grantsToApp(databaseGrants, databaseOwner, namesOfApp(catalogue, ground), ['TEMPORARY'])
    if (grants.length === 0) return
    yield {
      place: { kind: 'database', label: database },
      saw: `The database lets ${listed(grants.map(one => spoken(one.grantee)))} make temporary tables.`,
      ...(upheld ? { severity: 'medium' } : {}),
      mend: revokes(`DATABASE ${quoted(database)}`, databaseOwner, grants),
    }
  },
}

const creates: Rule = {
  id: 'grant.create',
  holes: [18, 23],
  severity: 'medium',
  title: 'The application may make objects',
  why: 'An operator or function of its own, found before the right one, runs for whoever comes next; an operator of its own reads the values that statistics keep.',
  needs: ['roles', 'schemas', 'server', 'grants'],
  *check(catalogue, ground) {
    const names = namesOfApp(catalogue, ground)
    const { database, databaseOwner, databaseGrants } = catalogue.server
    const here = grantsToApp(databaseGrants, databaseOwner, names, ['CREATE'])
    if (here.length > 0) {
      yield {
        place: { kind: 'database', label: database },
        saw: `The database lets ${listed(here.map(one => spoken(one.grantee)))} make schemas.`,
        mend: revokes(`DATABASE ${quoted(database)}`, databaseOwner, here),
      }
    }
    for (const schema of catalogue.schemas) {
      const grants = grantsToApp(schema.grants, schema.owner, names, ['CREATE'])
      if (grants.length === 0) continue
      yield {
        place: { kind: 'schema', label: schema.label },
        saw: `The schema ${schema.label} lets ${listed(grants.map(one => spoken(one.grantee)))} make objects.`,
        // Everybody searches public, unless told otherwise.
        ...(schema.name === 'public' ? { severity: 'high' } : {}),
        mend: revokes(`SCHEMA ${schema.label}`, schema.owner, grants),
      }
    }
  },
}

const plural: Readonly<Record<DefaultPrivilege['kind'], string>> = {
  table: 'TABLES',
  sequence: 'SEQUENCES',
  function: 'FUNCTIONS',
  type: 'TYPES',
  schema: 'SCHEMAS',
  'large object': 'LARGE OBJECTS',
}

/** What an application may be given beforehand; everything else is too much. */
const fine: Readonly<Record<DefaultPrivilege['kind'], readonly string[]>> = {
  table: [],
  sequence: ['USAGE'],
  function: ['EXECUTE'],
  type: ['USAGE'],
  schema: ['USAGE'],
  'large object': [],
}
const rows = ['SELECT', 'INSERT', 'UPDATE', 'DELETE']

const defaults: Rule = {
  id: 'grant.default',
  holes: [17, 32, 35],
  severity: 'medium',
  title: 'Objects that are made later are open from their first moment',
  why: 'A default privilege reaches a new table before anybody has put a policy on it: forget one policy, and every organization reads the table.',
  needs: ['roles', 'defaults', 'server'],
  *check(catalogue, ground) {
    const names = namesOfApp(catalogue, ground)
    for (const one of catalogue.defaults) {
      const given = grantsToApp(one.grants, one.owner, names)
      const [toPublic, toApp] = [given.filter(isPublic), given.filter(grant => !isPublic(grant))]
      const tooMuch = [
        ...toPublic.filter(() => one.kind !== 'type' && one.kind !== 'function'),
        ...toApp.filter(({ privilege }) => !fine[one.kind].includes(privilege)),
      ]
      if (tooMuch.length === 0) continue
      const onlyRows = tooMuch.every(grant => !isPublic(grant) && rows.includes(grant.privilege))
      yield hitOf(one, tooMuch, onlyRows)
    }
  },
}

function isPublic({ grantee: name }: Grant): boolean {
  return name === ''
}

function hitOf(one: DefaultPrivilege, grants: readonly Grant[], onlyRows: boolean): Hit {
  const where = one.schema === '' ? '' : ` IN SCHEMA ${quoted(one.schema)}`
  const whom = [...new Set(grants.map(grant => grant.grantee))]
  const rights = [...new Set(grants.map(({ privilege }) => privilege))]
  return {
    place: one.schema === '' ? { kind: 'role', label: one.owner } : { kind: 'schema', label: quoted(one.schema) },
    saw: `Every new ${one.kind} that ${one.owner} makes${one.schema === '' ? '' : ` in ${one.schema}`} grants ${rights.join(', ')} to ${listed(whom.map(spoken))}.`,
    ...(onlyRows ? { severity: 'low' } : {}),
    mend: whom.map(
      name =>
        `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoted(one.owner)}${where} REVOKE ${rights.join(', ')} ON ${plural[one.kind]} FROM ${grantee(name)}`,
    ),
  }
}

export const makingRules: readonly Rule[] = [temporary, creates, defaults]
