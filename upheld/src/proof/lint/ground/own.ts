import { auditKernel } from '../../../foundation/audit/index.ts'
import type { Catalogue, Grant, Oid, Policy, Relation } from '../../../foundation/catalogue/index.ts'
import {
  kernel,
  type Shipped,
  type ShippedPolicy,
  type ShippedRoutine,
  type ShippedTable,
} from '../../../foundation/tenancy/index.ts'
import { peopleKernel } from '../../../guards/schema/index.ts'

/** A right that this release gives nobody, or not this role; `column` where it is on one column. */
interface ExtraGrant {
  readonly grant: Grant
  readonly column?: string
}

interface OwnFault {
  /** A part of a sentence whose subject is the table. */
  readonly saw: string
  /** May be run twice: several rules tell of the same fault. */
  readonly mend: readonly string[]
}

/** A table of Upheld's audit log that is there, beside what this release installs. */
export interface OwnTable {
  readonly relation: Relation
  /** All that is not as shipped, rights among it. */
  readonly faults: readonly OwnFault[]
  /** The faults without those of rights. */
  readonly walls: readonly OwnFault[]
}

const auditSchema = 'upheld_audit'

/** Whether the audit log was ever installed; that it is not is told once, by upheld.audit-differs. */
export function hasAudit({ schemas }: Catalogue): boolean {
  return schemas.some(({ name }) => name === auditSchema)
}

/** What was installed here: a release before this one had no tables of people. */
function shippedFor(catalogue: Catalogue): readonly Shipped[] {
  const people = catalogue.schemas.some(({ name }) => name === 'upheld_identity')
  return [kernel(), ...(hasAudit(catalogue) ? [auditKernel()] : []), ...(people ? [peopleKernel()] : [])]
}

/** Every function that Upheld installs for organizations and their audit log. */
export function everyRoutine(catalogue: Catalogue): readonly ShippedRoutine[] {
  return shippedFor(catalogue).flatMap(({ routines }) => routines)
}

export function everyTable(catalogue: Catalogue): readonly ShippedTable[] {
  return shippedFor(catalogue).flatMap(({ tables }) => tables)
}

export function everyEventTrigger(catalogue: Catalogue): Shipped['eventTriggers'] {
  return shippedFor(catalogue).flatMap(({ eventTriggers }) => eventTriggers)
}

/** Tables of the audit log, of persons and of members by oid. `app`: logins that we are told are the application's; they stand for upheld_app. One that this release does not install is not among them. */
export function ownTables(catalogue: Catalogue, app: readonly string[]): ReadonlyMap<Oid, OwnTable> {
  const found = new Map<Oid, OwnTable>()
  if (!catalogue.server.upheld) return found
  for (const shipped of [...auditKernel().tables, ...peopleKernel().tables]) {
    const relation = catalogue.relations.find(({ label }) => label === shipped.label)
    if (relation === undefined) continue
    const walls = [
      ...standing(relation, catalogue, shipped),
      ...policyFaults(relation, shipped, app),
      ...triggerFaults(relation, shipped),
    ]
    const extra = extraGrants(relation, shipped.rights, app)
    const rights =
      extra.length === 0
        ? []
        : [{ saw: 'grants more than it should', mend: takenBack(relation, shipped.rights, extra) }]
    found.set(relation.oid, { relation, walls, faults: [...walls, ...rights] })
  }
  return found
}

function standing(relation: Relation, { roles }: Catalogue, { policies }: ShippedTable): readonly OwnFault[] {
  const { label, owner } = relation
  const strong = roles.some(role => role.name === owner && role.superuser)
  // Persons belong to no organization: what stands around their tables are rights alone.
  const forced = policies.length === 0 || (relation.rowSecurity && relation.rowSecurityForced)
  return [
    ...(strong
      ? []
      : [{ saw: `belongs to ${owner}, not to a superuser`, mend: [`ALTER TABLE ${label} OWNER TO CURRENT_USER`] }]),
    ...(forced
      ? []
      : [
          {
            saw: relation.rowSecurity ? 'does not force row security on its owner' : 'has row security switched off',
            mend: [`ALTER TABLE ${label} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`],
          },
        ]),
    ...relation.rules.map(name => ({
      saw: `has the rule ${name}`,
      mend: [`DROP RULE IF EXISTS "${name.replaceAll('"', '""')}" ON ${label}`],
    })),
  ]
}

function policyFaults(relation: Relation, shipped: ShippedTable, app: readonly string[]): readonly OwnFault[] {
  const drop = (name: string): string => `DROP POLICY IF EXISTS "${name.replaceAll('"', '""')}" ON ${relation.label}`
  const strangers = relation.policies
    .filter(({ name }) => !shipped.policies.some(one => one.name === name))
    .map(({ name }) => ({ saw: `has the policy ${name}`, mend: [drop(name)] }))
  const changed = shipped.policies.flatMap(one => {
    const found = relation.policies.find(({ name }) => name === one.name)
    if (found === undefined) return [{ saw: `has no policy ${one.name} any more`, mend: [drop(one.name), one.install] }]
    return isPolicy(found, one, app)
      ? []
      : [{ saw: `has another policy ${one.name}`, mend: [drop(one.name), one.install] }]
  })
  return [...strangers, ...changed]
}

function isPolicy(found: Policy, shipped: ShippedPolicy, app: readonly string[]): boolean {
  return (
    found.permissive &&
    found.command === shipped.command &&
    [...new Set(found.roles.map(role => ours(role, app)))].toSorted().join() === shipped.roles.join() &&
    sameCondition(found.using, shipped.using) &&
    sameCondition(found.check, shipped.check)
  )
}

/** The role of Upheld that a login stands for. */
function ours(role: string, app: readonly string[]): string {
  return app.includes(role) ? 'upheld_app' : role
}

function sameCondition(printed: string | null, written: string | undefined): boolean {
  return plain(printed ?? '') === plain(written ?? '')
}

/** Without what the server adds when it prints: capitals, line breaks, parentheses around the whole. Ours quote nothing. */
function plain(text: string): string {
  const even = text
    .toLowerCase()
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\( | \)/g, space => space.trim())
    .trim()
  const inner = even.slice(1, -1)
  return even.startsWith('(') && even.endsWith(')') && closes(inner) ? plain(inner) : even
}

/** Whether no parenthesis closes in it that it did not open. */
function closes(text: string): boolean {
  let open = 0
  for (const one of text) {
    if (one === '(') open += 1
    if (one === ')') open -= 1
    if (open < 0) return false
  }
  return open === 0
}

function triggerFaults(relation: Relation, shipped: ShippedTable): readonly OwnFault[] {
  const drop = (name: string): string => `DROP TRIGGER IF EXISTS "${name.replaceAll('"', '""')}" ON ${relation.label}`
  const strangers = relation.triggers
    .filter(one => !records(one) && !shipped.triggers.some(({ name }) => name === one.name))
    .map(({ name }) => ({ saw: `has the trigger ${name}`, mend: [drop(name)] }))
  const changed = shipped.triggers.flatMap(({ name, install }) => {
    const found = relation.triggers.find(one => one.name === name)
    if (found === undefined) return [{ saw: `has no trigger ${name} any more`, mend: [drop(name), install] }]
    if (plain(found.definition) !== plain(install))
      return [{ saw: `has another trigger ${name}`, mend: [drop(name), install] }]
    return found.enabled
      ? []
      : [
          {
            saw: `has the trigger ${name} switched off`,
            mend: [`ALTER TABLE ${relation.label} ENABLE TRIGGER "${name}"`],
          },
        ]
  })
  return [...strangers, ...changed]
}

/** What writes the audit log of members: rules of its own look after it, as for every table of customers. */
export function records({ name, definition }: Relation['triggers'][number]): boolean {
  return (
    /^upheld_audit_(insert|update|delete|truncate)$/.test(name) &&
    /EXECUTE FUNCTION upheld_audit\.note_/.test(definition)
  )
}

/** Rights on a table, and on its columns, that are not among those that this release gives (`SELECT upheld_app`). */
export function extraGrants(
  relation: Relation,
  rights: readonly string[],
  app: readonly string[],
): readonly ExtraGrant[] {
  const isExtra = ({ privilege, grantee, grantable }: Grant, column?: string): boolean => {
    const name = ours(grantee, app)
    const due = [`${privilege} ${name}`, ...(column === undefined ? [] : [`${privilege} (${column}) ${name}`])]
    return grantee !== relation.owner && (grantable || !due.some(one => rights.includes(one)))
  }
  return [
    ...relation.grants.filter(grant => isExtra(grant)).map(grant => ({ grant })),
    ...relation.columns.flatMap(({ name, grants }) =>
      grants.filter(grant => isExtra(grant, name)).map(grant => ({ grant, column: name })),
    ),
  ]
}

/** Everything that such a role was given is taken from it, whoever gave it, and what is its due given again. */
export function takenBack(
  relation: Relation,
  rights: readonly string[],
  extra: readonly ExtraGrant[],
): readonly string[] {
  const what = `${relation.kind === 'sequence' ? 'SEQUENCE' : 'TABLE'} ${relation.label}`
  const pairs = new Map(extra.map(({ grant }) => [JSON.stringify([grant.grantor, grant.grantee]), grant]))
  return [...pairs.values()].flatMap(({ grantor, grantee }) => {
    const name = grantee === '' ? 'PUBLIC' : `"${grantee.replaceAll('"', '""')}"`
    const revoke = `REVOKE ALL ON ${what} FROM ${name} CASCADE`
    const due = rights.filter(right => right.endsWith(` ${grantee}`)).map(right => right.slice(0, -grantee.length - 1))
    return [
      ...(grantor === relation.owner
        ? [revoke]
        : [`SET ROLE "${grantor.replaceAll('"', '""')}"`, revoke, 'RESET ROLE']),
      ...(due.length === 0 || grantee === '' ? [] : [`GRANT ${due.join(', ')} ON ${what} TO ${name}`]),
    ]
  })
}
