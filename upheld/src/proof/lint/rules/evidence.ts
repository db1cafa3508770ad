import type { Grant, Relation } from '../../../foundation/catalogue/index.ts'
import type { Hit, Rule } from '../rule.ts'
import { listed, placeOf, revokes, spoken } from './ways.ts'

const schema = 'upheld_proof'
/** Who writes the evidence, and who reads it. Rights on single columns are the writer's way to close what it began. */
const readers = ['upheld_proof', 'upheld_page']
const writer = 'upheld_proof'
/** What operators order, and how it went, is no evidence: the console reads it, and places orders through a function. */
const orders = ['run_order', 'order_step', 'operator_act', 'prover']
const orderReaders = ['upheld_proof', 'upheld_console']

const evidence: Rule = {
  id: 'upheld.evidence-open',
  holes: [1],
  severity: 'high',
  title: 'Somebody may change the evidence, or read it who need not',
  why: 'The record of the attacks is only added to, by one login. Whoever may erase or rewrite it can hide that a promise was broken; it would be noticed by the head that was kept outside, and only then.',
  needs: ['server', 'relations', 'columns', 'grants', 'triggers'],
  tenancy: false,
  *check(catalogue) {
    if (!catalogue.server.upheld) return
    for (const relation of catalogue.relations.filter(one => one.schema === schema)) {
      const extra = relation.grants.filter(grant => grant.grantee !== relation.owner && isExtra(relation, grant))
      const columns = relation.columns.flatMap(({ name, grants }) =>
        grants
          .filter(grant => grant.grantee !== writer || grant.privilege !== 'UPDATE')
          .map(grant => ({ name, grant })),
      )
      yield* rights(relation, extra)
      if (columns.length > 0) yield onColumns(relation, columns)
      const asleep = relation.triggers.filter(({ enabled }) => !enabled).map(({ name }) => name)
      if (asleep.length > 0) {
        yield {
          place: placeOf(relation),
          saw: `The triggers ${listed(asleep)} of ${relation.label}, which refuse changes, are disabled.`,
          mend: [`ALTER TABLE ${relation.label} ENABLE TRIGGER USER`],
        }
      }
    }
  },
}

function isExtra({ name }: Relation, { grantee, privilege, grantable }: Grant): boolean {
  const reads = orders.includes(name) ? orderReaders : readers
  const due = grantee === writer ? ['SELECT', 'INSERT'] : reads.includes(grantee) ? ['SELECT'] : []
  return grantable || !due.includes(privilege)
}

function* rights(relation: Relation, extra: readonly Grant[]): Generator<Hit> {
  if (extra.length === 0) return
  yield {
    place: placeOf(relation),
    saw: `${relation.label} grants ${listed(extra.map(one => `${one.privilege} to ${spoken(one.grantee)}`))}.`,
    mend: revokes(`TABLE ${relation.label}`, relation.owner, extra),
  }
}

function onColumns(relation: Relation, columns: readonly { readonly name: string; readonly grant: Grant }[]): Hit {
  const said = columns.map(({ name, grant }) => `${grant.privilege} (${name}) to ${spoken(grant.grantee)}`)
  return {
    place: placeOf(relation),
    saw: `${relation.label} grants ${listed(said)}.`,
    mend: columns.map(
      ({ name, grant }) =>
        `REVOKE ${grant.privilege} (${name}) ON TABLE ${relation.label} FROM ${grant.grantee === '' ? 'PUBLIC' : grant.grantee}`,
    ),
  }
}

export const evidenceRules: readonly Rule[] = Object.freeze([evidence])
