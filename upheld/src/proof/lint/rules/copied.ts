import type { Catalogue, Relation, Routine } from '../../../foundation/catalogue/index.ts'
import type { Ground } from '../ground.ts'
import type { Hit, Rule } from '../rule.ts'
import { allGrants } from './grants.ts'
import { grantsToApp, namesOfApp, placeOf, quoted, revokes } from './ways.ts'

export const copied: Rule = {
  id: 'table.copied-out',
  holes: [12, 39],
  severity: 'high',
  title: 'A trigger copies rows of organizations into a table without a wall',
  why: 'History and audit tables hold what the protected table holds. Whoever may read the copy needs no way around the wall.',
  needs: ['relations', 'triggers', 'routines', 'columns', 'keys', 'grants', 'roles'],
  *check(catalogue, ground) {
    const routines = new Map(catalogue.routines.map(routine => [routine.oid, routine]))
    const open = [...ground.sharedTables.values(), ...ground.doubtfulTables.values()].filter(
      one => !one.rowSecurity && (ground.appRoles.length === 0 || ground.mayAnyApp('SELECT', one)),
    )
    const from = new Map<Relation, Relation>()
    for (const { relation } of ground.tenantTables.values()) {
      for (const { routine, enabled } of relation.triggers) {
        const source = enabled ? routines.get(routine) : undefined
        for (const target of open) if (source !== undefined && writesTo(source, target)) from.set(target, relation)
      }
    }
    for (const [target, relation] of from) yield copyHit(target, relation, catalogue, ground)
    if (open.length > 0) yield* madeOnTheWay(routines, ground)
  },
}

/** A statement that a trigger puts together as it runs may write into any table that is open. */
function* madeOnTheWay(routines: ReadonlyMap<string, Routine>, ground: Ground): Generator<Hit> {
  for (const { relation } of ground.tenantTables.values()) {
    for (const { name, routine, enabled } of relation.triggers) {
      const source = enabled ? routines.get(routine)?.source : undefined
      // EXECUTE FUNCTION stands in definitions only; in a body the word runs a text.
      if (source === undefined || source === null || !/\bexecute\b(?!\s+on\b)/i.test(withoutComments(source))) continue
      yield {
        place: { kind: 'object', label: `${quoted(name)} on ${relation.label}` },
        saw: `${routines.get(routine)?.label ?? name} puts a statement together as it runs: which tables it writes into cannot be read.`,
        mend: [],
        unproven: true,
      }
    }
  }
}

function withoutComments(source: string): string {
  return source.replaceAll(/--[^\n]*/g, '').replaceAll(/\/\*[^]*?\*\//g, '')
}

function copyHit(target: Relation, from: Relation, catalogue: Catalogue, ground: Ground): Hit {
  const grants = grantsToApp(allGrants(target), target.owner, namesOfApp(catalogue, ground), ['SELECT'])
  return {
    place: placeOf(target),
    saw: `A trigger of ${from.label} writes into ${target.label}, which has no row security and which the application reads.`,
    mend: revokes(`TABLE ${target.label}`, target.owner, grants),
  }
}

function writesTo({ source }: Routine, { schema, name }: Relation): boolean {
  const part = (word: string): string => `"?${RegExp.escape(word)}"?`
  return new RegExp(
    `\\b(insert\\s+into|merge\\s+into|update)\\s+(only\\s+)?(${part(schema)}\\s*\\.\\s*)?${part(name)}(?![\\w".])`,
    'i',
  ).test(source ?? '')
}
