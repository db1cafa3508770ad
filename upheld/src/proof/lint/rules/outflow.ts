import type { Rule } from '../rule.ts'
import { listed, placeOf, quoted } from './ways.ts'

const publications: Rule = {
  id: 'outflow.publication',
  holes: [33],
  severity: 'medium',
  title: 'Rows of organizations leave by a publication',
  why: 'A publication sends every row of its tables, past all policies, to whoever may replicate. Without a row filter that is every organization.',
  needs: ['publications', 'relations'],
  *check(catalogue, ground) {
    for (const publication of catalogue.publications) {
      const name = quoted(publication.name)
      const place = { kind: 'object', label: name } as const
      if (publication.allTables) {
        if (ground.tenantTables.size === 0) continue
        yield {
          place,
          saw: `The publication ${publication.name} sends all tables, also those that are made later.`,
          severity: 'high',
          mend: [`DROP PUBLICATION ${name}`],
        }
        continue
      }
      const sent = publication.tables.filter(({ oid, filtered }) => !filtered && ground.tenantTables.has(oid))
      const labels = sent.flatMap(({ oid }) => ground.tenantTables.get(oid)?.relation.label ?? [])
      if (labels.length === 0) continue
      yield {
        place,
        saw: `The publication ${publication.name} sends every row of ${listed(labels)}.`,
        mend: [`DROP PUBLICATION ${name}`],
      }
    }
  },
}

const subscriptions: Rule = {
  id: 'outflow.subscription',
  holes: [33],
  severity: 'low',
  title: 'Rows arrive by a subscription',
  why: 'What another server sends is written without the context of any organization, and a subscription keeps a login of that server here.',
  needs: ['publications'],
  tenancy: false,
  *check({ subscriptions: count, server }) {
    if (count === 0) return
    yield {
      place: { kind: 'database', label: server.database },
      saw: `${count} subscription${count === 1 ? ' writes' : 's write'} into this database.`,
      mend: [],
    }
  },
}

const slots: Rule = {
  id: 'outflow.slot',
  holes: [33],
  severity: 'medium',
  title: 'A logical replication slot hands out every change',
  why: 'Whoever may replicate reads all changes of all tables from it, past all policies. One that nobody reads also fills the disk.',
  needs: ['publications'],
  tenancy: false,
  *check({ slots: found }) {
    for (const { name, plugin } of found) {
      yield {
        place: { kind: 'object', label: name },
        saw: `The slot ${name} decodes every change with the plugin ${plugin}.`,
        mend: [`SELECT pg_catalog.pg_drop_replication_slot('${name}')`],
      }
    }
  },
}

const largeObjects: Rule = {
  id: 'data.large-objects',
  holes: [21],
  severity: 'medium',
  title: 'Data of organizations is kept in large objects',
  why: 'A large object has an owner and no row: every request of the application reads all of them, by counting up their numbers.',
  needs: ['large objects', 'relations', 'columns', 'server'],
  *check({ largeObjects: found, server, relations }, ground) {
    for (const relation of relations.filter(one => ground.tenantTables.has(one.oid) && !one.partition)) {
      for (const column of relation.columns.filter(one => one.base === 'lo' || one.base === 'oid')) {
        const name = quoted(column.name)
        yield {
          place: placeOf(relation),
          saw: `The column ${column.name} of ${relation.label} is of type ${column.type}, which points at large objects.`,
          severity: found.count > 0 || column.base === 'lo' ? 'medium' : 'low',
          mend: [
            `ALTER TABLE ${relation.label} ALTER COLUMN ${name} TYPE bytea USING pg_catalog.lo_get(${name}::pg_catalog.oid)`,
          ],
        }
      }
    }
    const { count, owners } = found
    const reached = owners.filter(owner => ground.appRoles.some(({ name }) => name === owner))
    if (reached.length > 0 || (count > 0 && server.settings['lo_compat_privileges'] === 'on')) {
      yield {
        place: { kind: 'database', label: server.database },
        saw: `${count} large objects are stored here, and the application may read those of ${listed(reached.length > 0 ? reached : owners)}.`,
        mend: [],
      }
    }
  },
}

export const outflowRules: readonly Rule[] = [publications, subscriptions, slots, largeObjects]
