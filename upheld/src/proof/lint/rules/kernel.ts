import type { Catalogue, Grant, Routine } from '../../../foundation/catalogue/index.ts'
import { kernel, type KernelRoutine } from '../../../foundation/tenancy/index.ts'
import type { Ground } from '../ground.ts'
import type { Hit, Rule } from '../rule.ts'
import { wordsOf } from './reading.ts'
import { canCome, climbOf, isStrong, listed, placeOf, revokes, roleNamed, spoken, standsFor } from './ways.ts'

const schemas = ['upheld', 'upheld_guard']

const differs: Rule = {
  id: 'upheld.kernel-differs',
  holes: [4, 7, 8, 10],
  severity: 'critical',
  title: 'A function of the kernel is not the one that Upheld installs',
  why: 'The verifier is the wall. Without its signature check, its expiry, its cell, its backend or its upper bound, or if it is cached, a context can be forged, replayed or kept.',
  needs: ['server', 'routines', 'roles'],
  tenancy: false,
  *check(catalogue) {
    if (!catalogue.server.upheld) return
    for (const shipped of kernel().routines) {
      const found = catalogue.routines.find(({ label }) => label === shipped.label)
      const faults = found === undefined ? ['is missing'] : faultsOf(found, shipped, catalogue)
      if (faults.length === 0) continue
      yield {
        place: { kind: 'function', label: shipped.label },
        saw: `${shipped.label} ${faults.join(', and ')}.`,
        mend: shipped.install,
      }
    }
  },
}

function faultsOf(found: Routine, shipped: KernelRoutine, catalogue: Catalogue): readonly string[] {
  const owned =
    shipped.owner === undefined ? roleNamed(catalogue, found.owner)?.superuser === true : found.owner === shipped.owner
  const sameSettings = [...found.settings].sort().join('\n') === [...shipped.settings].sort().join('\n')
  return [
    ...(found.source === shipped.source ? [] : ['has another text']),
    ...(found.language === shipped.language ? [] : [`is written in ${found.language}`]),
    ...(found.volatility === shipped.volatility ? [] : [`is ${found.volatility}, not ${shipped.volatility}`]),
    ...(found.definer === shipped.definer ? [] : [found.definer ? 'is a definer' : 'is no definer any more']),
    ...(found.leakproof ? ['is marked LEAKPROOF'] : []),
    ...(sameSettings ? [] : ['has other settings']),
    ...(owned ? [] : [`belongs to ${found.owner}`]),
  ]
}

const callers: Rule = {
  id: 'upheld.kernel-called',
  holes: [10],
  severity: 'high',
  title: 'A function of the kernel was granted to somebody else',
  why: 'Crossing organizations, admitting one, entering a context: each function is for one login. In other hands it is a way in.',
  needs: ['server', 'routines'],
  tenancy: false,
  *check(catalogue, ground) {
    if (!catalogue.server.upheld) return
    for (const shipped of kernel().routines) {
      const found = catalogue.routines.find(({ label }) => label === shipped.label)
      const extra = (found?.grants ?? []).filter(
        ({ grantee, grantable }) =>
          grantee !== found?.owner && (grantable || !standsFor(shipped.callers, grantee, ground)),
      )
      if (found === undefined || extra.length === 0) continue
      const kept = extra.filter(({ grantee }) => shipped.callers.includes(grantee))
      yield {
        place: { kind: 'function', label: shipped.label },
        saw: `${shipped.label} may be called, or handed on, by ${listed(extra.map(({ grantee }) => spoken(grantee)))}.`,
        mend: [
          ...revokes(`FUNCTION ${shipped.label}`, found.owner, extra),
          ...kept.map(({ grantee }) => `GRANT EXECUTE ON FUNCTION ${shipped.label} TO ${grantee}`),
        ],
      }
    }
  },
}

const strangers: Rule = {
  id: 'upheld.stranger',
  holes: [4, 10],
  severity: 'critical',
  title: 'Something that is not of the kernel stands in its schemas, or reads its keys',
  why: 'Whatever reads the context keys can sign a context for any organization. The verifier, and what says why it refused, are the only functions that may.',
  needs: ['server', 'routines', 'relations', 'views', 'triggers'],
  tenancy: false,
  *check(catalogue) {
    if (!catalogue.server.upheld) return
    const shipped = kernel()
    const ours = new Set(shipped.routines.map(({ label }) => label))
    for (const routine of catalogue.routines.filter(({ label }) => !ours.has(label))) {
      const reads = wordsOf(routine).includes('context_key')
      if (!reads && !schemas.includes(routine.schema)) continue
      yield {
        place: { kind: 'function', label: routine.label },
        saw: `${routine.label} is not of the kernel${reads ? ', and names the table of context keys' : ''}.`,
        ...(reads ? {} : { severity: 'high' }),
        mend: [`DROP ROUTINE ${routine.label}`],
      }
    }
    const keys = catalogue.relations.find(({ label }) => label === 'upheld_guard.context_key')
    for (const view of catalogue.relations.filter(({ reads }) => keys !== undefined && reads.includes(keys.oid))) {
      yield {
        place: placeOf(view),
        saw: `${view.label} reads the table of context keys.`,
        mend: [`DROP ${view.kind === 'materialized view' ? 'MATERIALIZED VIEW' : 'VIEW'} ${view.label}`],
      }
    }
    yield* strangersAtTables(catalogue, new Set(shipped.tables.map(({ label }) => label)))
  },
}

/** A trigger or a rule on a table of the guard copies what is written there: a key, for one. */
function* strangersAtTables(catalogue: Catalogue, tables: ReadonlySet<string>): Generator<Hit> {
  for (const relation of catalogue.relations.filter(({ label }) => tables.has(label))) {
    for (const { name } of relation.triggers) {
      yield {
        place: placeOf(relation),
        saw: `${relation.label} has the trigger ${name}, which is not of the kernel.`,
        mend: [`DROP TRIGGER "${name.replaceAll('"', '""')}" ON ${relation.label}`],
      }
    }
    for (const name of relation.rules) {
      yield {
        place: placeOf(relation),
        saw: `${relation.label} has the rule ${name}, which is not of the kernel.`,
        mend: [`DROP RULE "${name.replaceAll('"', '""')}" ON ${relation.label}`],
      }
    }
  }
}

const guardTables: Rule = {
  id: 'upheld.guard-open',
  holes: [4, 34],
  severity: 'critical',
  title: "A table of Upheld's guard is open to somebody",
  why: 'Who reads the context keys signs for every organization; who writes the directory or the list of schemas takes organizations and tables out of protection.',
  needs: ['server', 'relations', 'columns', 'schemas', 'grants'],
  tenancy: false,
  *check(catalogue, ground) {
    if (!catalogue.server.upheld) return
    const shipped = new Map(kernel().tables.map(({ label, rights }) => [label, rights]))
    for (const relation of catalogue.relations.filter(({ schema }) => schema === 'upheld_guard')) {
      if (relation.kind === 'sequence' && relation.grants.every(({ grantee }) => grantee === relation.owner)) continue
      const allowed = shipped.get(relation.label) ?? []
      const extra = [...relation.grants, ...relation.columns.flatMap(({ grants }) => grants)].filter(
        grant => grant.grantee !== relation.owner && isExtra(grant, allowed),
      )
      if (extra.length === 0) continue
      const what = `${relation.kind === 'sequence' ? 'SEQUENCE' : 'TABLE'} ${relation.label}`
      yield {
        place: placeOf(relation),
        saw: `${relation.label} grants ${listed(extra.map(one => `${one.privilege} to ${spoken(one.grantee)}`))}.`,
        ...(relation.name === 'context_key' ? {} : { severity: 'high' }),
        mend: revokes(what, relation.owner, extra),
      }
    }
    yield* openSchemas(catalogue, ground)
  },
}

function isExtra({ privilege, grantee, grantable }: Grant, allowed: readonly string[]): boolean {
  return grantable || !allowed.includes(`${privilege} ${grantee}`)
}

/** Who may use the two schemas, by the kernel; nobody may make anything in them. */
const users: Readonly<Record<string, readonly string[]>> = {
  upheld: ['upheld_app', 'upheld_owner', 'upheld_migrate', 'upheld_guard', 'upheld_proof', 'upheld_page'],
  upheld_guard: ['upheld_guard', 'upheld_owner', 'upheld_migrate'],
}

function* openSchemas(catalogue: Catalogue, ground: Ground): Generator<Hit> {
  for (const schema of catalogue.schemas.filter(({ name }) => schemas.includes(name))) {
    const extra = schema.grants.filter(
      ({ grantee, privilege }) =>
        grantee !== schema.owner && (privilege !== 'USAGE' || !standsFor(users[schema.name] ?? [], grantee, ground)),
    )
    if (extra.length === 0) continue
    yield {
      place: { kind: 'schema', label: schema.label },
      saw: `The schema ${schema.label} grants ${listed(extra.map(one => `${one.privilege} to ${spoken(one.grantee)}`))}.`,
      severity: extra.some(({ privilege }) => privilege === 'CREATE') ? 'high' : 'medium',
      mend: revokes(`SCHEMA ${schema.label}`, schema.owner, extra),
    }
  }
}

const guardOwners: Rule = {
  id: 'upheld.guard-owned',
  holes: [2, 3],
  severity: 'critical',
  title: "Somebody else owns, or can become, Upheld's guard",
  why: 'The owner of the keys and of the verifier reads the one and replaces the other. Only upheld_guard may be it, with no member and no login.',
  needs: ['server', 'relations', 'roles'],
  tenancy: false,
  *check(catalogue) {
    if (!catalogue.server.upheld) return
    for (const relation of catalogue.relations.filter(({ label }) =>
      ['upheld_guard.context_key', 'upheld_guard.organization', 'upheld_guard.crossing'].includes(label),
    )) {
      if (relation.owner === 'upheld_guard') continue
      yield {
        place: placeOf(relation),
        saw: `${relation.label} belongs to ${relation.owner}, not to upheld_guard.`,
        mend: [`ALTER TABLE ${relation.label} OWNER TO upheld_guard`],
      }
    }
    for (const role of catalogue.roles) {
      if (isStrong(role) || role.name === 'upheld_guard' || !climbOf(role.name, catalogue).has('upheld_guard')) continue
      if (!role.memberOf.some(one => one.role === 'upheld_guard') || !canCome(role.name, catalogue)) continue
      yield {
        place: { kind: 'role', label: role.name },
        saw: `${role.name} is a member of upheld_guard, and so reads the context keys.`,
        mend: [`REVOKE upheld_guard FROM "${role.name.replaceAll('"', '""')}"`],
      }
    }
  },
}

export const kernelRules: readonly Rule[] = [differs, callers, strangers, guardTables, guardOwners]
