import { auditKernel } from '../../../foundation/audit/index.ts'
import type { Catalogue, Routine } from '../../../foundation/catalogue/index.ts'
import { kernel, type ShippedRoutine } from '../../../foundation/tenancy/index.ts'
import { peopleKernel } from '../../../guards/schema/index.ts'
import type { Ground } from '../ground.ts'
import { everyRoutine, everyTable, extraGrants, records, takenBack } from '../ground/own.ts'
import type { Hit, Rule } from '../rule.ts'
import { wordsOf } from './reading.ts'
import { canCome, climbOf, isStrong, listed, placeOf, revokes, roleNamed, spoken, standsFor } from './ways.ts'

const schemas = ['upheld', 'upheld_guard', 'upheld_audit', 'upheld_identity', 'upheld_access']
/** Their tables are Upheld's alone. */
const guarded = ['upheld_guard', 'upheld_audit', 'upheld_identity', 'upheld_access']

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
    for (const shipped of everyRoutine(catalogue)) {
      const found = catalogue.routines.find(({ label }) => label === shipped.label)
      const faults = found === undefined ? ['is missing'] : faultsOf(found, shipped, catalogue)
      if (faults.length === 0) continue
      yield {
        place: { kind: 'function', label: shipped.label },
        saw: `${shipped.label} ${faults.join(', and ')}.`,
        mend: [
          ...shipped.install,
          ...(shipped.owner === undefined ? [`alter function ${shipped.label} owner to current_user`] : []),
          ...(found?.leakproof === true ? [`alter function ${shipped.label} not leakproof`] : []),
        ],
      }
    }
  },
}

function faultsOf(found: Routine, shipped: ShippedRoutine, catalogue: Catalogue): readonly string[] {
  const owned =
    shipped.owner === undefined ? roleNamed(catalogue, found.owner)?.superuser === true : found.owner === shipped.owner
  const sameSettings = evenly(found.settings) === evenly(shipped.settings)
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

/** The server spells the names of some settings in its own way: TimeZone. */
function evenly(settings: readonly string[]): string {
  return settings
    .map(one => one.replace(/^[^=]+/, name => name.toLowerCase()))
    .toSorted()
    .join('\n')
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
    for (const shipped of everyRoutine(catalogue)) {
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
    const ours = new Set(everyRoutine(catalogue).map(({ label }) => label))
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
    yield* strangersAtTables(catalogue)
  },
}

/**
 * A trigger or a rule on a table of the guard copies what is written there: a key, for one. Another table among those of
 * the audit log is held to nothing that this release knows.
 */
/** Schemas in which nothing stands but what this release installs. */
const closed = ['upheld_audit', 'upheld_identity', 'upheld_access']

function* strangersAtTables(catalogue: Catalogue): Generator<Hit> {
  const tables = new Map(everyTable(catalogue).map(table => [table.label, table]))
  for (const relation of catalogue.relations.filter(({ schema }) => closed.includes(schema))) {
    if (tables.has(relation.label) || relation.kind === 'sequence') continue
    yield {
      place: placeOf(relation),
      saw: `${relation.label} is not of ${relation.schema === 'upheld_audit' ? 'the audit log' : 'Upheld'}.`,
      severity: 'high',
      mend: [`DROP ${relation.kind === 'partitioned' ? 'TABLE' : relation.kind.toUpperCase()} ${relation.label}`],
    }
  }
  for (const relation of catalogue.relations) {
    const shipped = tables.get(relation.label)
    if (shipped === undefined) continue
    for (const trigger of relation.triggers) {
      const { name } = trigger
      if (records(trigger) || shipped.triggers.some(one => one.name === name)) continue
      yield {
        place: placeOf(relation),
        saw: `${relation.label} has the trigger ${name}, which is not of the kernel.`,
        mend: [`DROP TRIGGER IF EXISTS "${name.replaceAll('"', '""')}" ON ${relation.label}`],
      }
    }
    for (const name of relation.rules) {
      yield {
        place: placeOf(relation),
        saw: `${relation.label} has the rule ${name}, which is not of the kernel.`,
        mend: [`DROP RULE IF EXISTS "${name.replaceAll('"', '""')}" ON ${relation.label}`],
      }
    }
  }
}

const guardTables: Rule = {
  id: 'upheld.guard-open',
  holes: [4, 34],
  severity: 'critical',
  title: "A table of Upheld's guard, or of the audit log, is open to somebody",
  why: 'Who reads the context keys signs for every organization; who writes the directory or the list of schemas takes organizations and tables out of protection; who writes the audit log says what never was.',
  needs: ['server', 'relations', 'columns', 'schemas', 'grants'],
  tenancy: false,
  *check(catalogue, ground) {
    if (!catalogue.server.upheld) return
    const shipped = new Map(everyTable(catalogue).map(({ label, rights }) => [label, rights]))
    for (const relation of catalogue.relations.filter(({ schema }) => guarded.includes(schema))) {
      if (relation.kind === 'sequence' && relation.grants.every(({ grantee }) => grantee === relation.owner)) continue
      const allowed = shipped.get(relation.label) ?? []
      const told =
        ground.appRolesHow === 'given' && relation.schema === 'upheld_audit'
          ? ground.appRoles.map(({ name }) => name)
          : []
      const extra = extraGrants(relation, allowed, told)
      if (extra.length === 0) continue
      const said = extra.map(({ grant, column }) => {
        const on = column === undefined ? '' : ` (${column})`
        return `${grant.privilege}${on} to ${spoken(grant.grantee)}`
      })
      yield {
        place: placeOf(relation),
        saw: `${relation.label} grants ${listed(said)}.`,
        ...(relation.name === 'context_key' ? {} : { severity: 'high' }),
        mend: takenBack(relation, allowed, extra),
      }
    }
    yield* openSchemas(catalogue, ground)
  },
}

/** Who may use the schemas, by what Upheld installs; nobody may make anything in them. */
const users: Readonly<Record<string, readonly string[]>> = {
  upheld: [...(kernel().users.get('upheld') ?? []), 'upheld_proof', 'upheld_page'],
  upheld_guard: ['upheld_guard', 'upheld_owner', 'upheld_migrate'],
  upheld_audit: auditKernel().users.get('upheld_audit') ?? [],
  upheld_identity: peopleKernel().users.get('upheld_identity') ?? [],
  upheld_access: peopleKernel().users.get('upheld_access') ?? [],
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
