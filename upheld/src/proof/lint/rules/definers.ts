import type { Catalogue, Relation, Routine } from '../../../foundation/catalogue/index.ts'
import type { Ground } from '../ground.ts'
import { everyRoutine } from '../ground/own.ts'
import type { Rule } from '../rule.ts'
import { reachingWords, wordsOf } from './reading.ts'
import { namesInPath } from './sessions.ts'
import { climbOf, entersSchema, isStrong, namesOfApp, quoted, roleNamed, spoken } from './ways.ts'

/** Definers that the application can set going: by a call, or by writing to a table whose trigger runs them. */
function* reached(catalogue: Catalogue, ground: Ground): Generator<Routine> {
  const names = namesOfApp(catalogue, ground)
  const triggered = new Set(
    catalogue.relations
      .filter(relation => ['INSERT', 'UPDATE', 'DELETE'].some(right => ground.mayAnyApp(right, relation)))
      .flatMap(({ triggers }) => triggers.filter(({ enabled }) => enabled).map(({ routine }) => routine)),
  )
  for (const routine of catalogue.routines) {
    if (!routine.definer || routine.extension !== null || isKernel(routine, catalogue)) continue
    const callable =
      !routine.returnsTrigger && mayCall(routine, names) && entersSchema(catalogue, names, routine.schema)
    if (callable || triggered.has(routine.oid)) yield routine
  }
}

/** Upheld's own are compared with what Upheld installs, by rules of their own; a stranger among them is one of them no more. */
function isKernel({ label }: Routine, catalogue: Catalogue): boolean {
  return catalogue.server.upheld && everyRoutine(catalogue).some(shipped => shipped.label === label)
}

function mayCall({ grants }: Routine, names: ReadonlySet<string>): boolean {
  return grants.some(({ privilege, grantee }) => privilege === 'EXECUTE' && names.has(grantee))
}

/** Tables of organizations whose policies do not bind this role: all for a strong one, its own where nothing is forced. */
function unbound(owner: string, catalogue: Catalogue, ground: Ground): readonly Relation[] {
  const tables = [...ground.tenantTables.values()].map(({ relation }) => relation)
  const acts = climbOf(owner, catalogue)
  if ([...acts].some(name => isStrong(roleNamed(catalogue, name)))) return tables
  return tables.filter(relation => acts.has(relation.owner) && !relation.rowSecurityForced)
}

const readsPast: Rule = {
  id: 'definer.reads-past',
  holes: [10],
  severity: 'high',
  title: 'A function reads past row security for whoever calls it',
  why: 'A SECURITY DEFINER function runs with the rights of its owner. Where policies do not bind the owner, only the text of the function stands between the caller and every organization.',
  needs: ['roles', 'routines', 'relations', 'schemas', 'triggers'],
  *check(catalogue, ground) {
    const words = reachingWords(catalogue, ground)
    const asked = new Set(catalogue.relations.flatMap(({ policies }) => policies.flatMap(one => one.routines)))
    for (const routine of reached(catalogue, ground)) {
      const open = unbound(routine.owner, catalogue, ground)
      if (open.length === 0) continue
      const touched = wordsOf(routine).filter(word => words.has(word))
      const strong = isStrong(roleNamed(catalogue, routine.owner))
      if (!strong && touched.length === 0) continue
      const how = routine.returnsTrigger ? 'runs in a trigger' : 'may be called by the application'
      yield {
        place: { kind: 'function', label: routine.label },
        saw: `${routine.label} ${how}, and runs as ${routine.owner}, whom row security does not bind${touched.length === 0 ? '' : ` (it names ${touched[0]})`}.`,
        // What a policy itself asks has to look past policies, and is told no more than the policy needs.
        severity: touched.length === 0 ? 'low' : asked.has(routine.oid) ? 'medium' : 'high',
        mend: [`ALTER ROUTINE ${routine.label} SECURITY INVOKER`],
      }
    }
  },
}

const path: Rule = {
  id: 'definer.search-path',
  holes: [10, 18],
  severity: 'high',
  title: "A function finds its tables on the caller's path",
  why: 'The caller chooses what a name means: a table or an operator of its own, found first, is read or run with the rights of the owner.',
  needs: ['roles', 'routines', 'relations', 'schemas', 'triggers', 'server'],
  *check(catalogue, ground) {
    const names = namesOfApp(catalogue, ground)
    const temporary = catalogue.server.databaseGrants.some(
      ({ privilege, grantee }) => privilege === 'TEMPORARY' && names.has(grantee),
    )
    const open = new Set(
      catalogue.schemas
        .filter(({ grants }) => grants.some(({ privilege, grantee }) => privilege === 'CREATE' && names.has(grantee)))
        .map(({ name }) => name),
    )
    for (const routine of reached(catalogue, ground)) {
      const fault = faultOf(routine, open, temporary)
      if (fault === undefined) continue
      const safe = [routine.schema].filter(schema => !open.has(schema)).map(quoted)
      yield {
        place: { kind: 'function', label: routine.label },
        saw: `${routine.label} is a definer and ${fault.saw}.`,
        ...(fault.low ? { severity: 'low' } : {}),
        mend: [`ALTER ROUTINE ${routine.label} SET search_path = ${['pg_catalog', ...safe, 'pg_temp'].join(', ')}`],
      }
    }
  },
}

function faultOf(
  { settings }: Routine,
  open: ReadonlySet<string>,
  temporary: boolean,
): { readonly saw: string; readonly low?: boolean } | undefined {
  const set = settings.find(setting => setting.startsWith('search_path='))
  if (set === undefined) return { saw: 'has no search path of its own' }
  const searched = namesInPath(set.slice('search_path='.length))
  const writable = searched.find(name => open.has(name))
  if (writable !== undefined) return { saw: `searches ${writable}, in which the application may make objects` }
  // An empty path finds nothing but what is written out.
  if (searched.length === 0 || !temporary || searched.at(-1) === 'pg_temp') return undefined
  return { saw: 'does not search pg_temp last, where anybody may put a table', low: !searched.includes('pg_temp') }
}

const toPublic: Rule = {
  id: 'definer.public',
  holes: [10],
  severity: 'medium',
  title: 'Everybody may call a function that runs with the rights of its owner',
  why: 'Postgres lets PUBLIC call every new function. A definer is for the one login that needs it.',
  needs: ['roles', 'routines', 'schemas'],
  *check(catalogue, ground) {
    for (const routine of catalogue.routines) {
      if (!routine.definer || routine.returnsTrigger || routine.extension !== null) continue
      if (isKernel(routine, catalogue) || !mayCall(routine, new Set(['']))) continue
      const enters = ground.appRoles.some(({ name }) =>
        entersSchema(catalogue, new Set(['', ...climbOf(name, catalogue)]), routine.schema),
      )
      if (!enters) continue
      yield {
        place: { kind: 'function', label: routine.label },
        saw: `${routine.label} runs as ${routine.owner} and may be called by ${spoken('')}.`,
        ...(isStrong(roleNamed(catalogue, routine.owner)) ? {} : { severity: 'low' }),
        mend: [
          `REVOKE EXECUTE ON ROUTINE ${routine.label} FROM PUBLIC`,
          ...ground.appRoles.map(({ name }) => `GRANT EXECUTE ON ROUTINE ${routine.label} TO ${quoted(name)}`),
        ],
      }
    }
  },
}

export const definerRules: readonly Rule[] = [readsPast, path, toPublic]
