import { faultsOf, parseRelease, standingOf } from '../../../foundation/releases/index.ts'
import type { Hit, Rule } from '../rule.ts'
import { grantsToApp, listed, namesOfApp, placeOf, revokes, spoken } from './ways.ts'

const release: Rule = {
  id: 'server.release',
  holes: [16, 23, 24, 25, 26, 27, 28, 29, 33, 40],
  severity: 'high',
  title: 'The server has faults that a later release mends',
  why: 'Below row security is the server. Known faults of it show rows of others, or turn an injected statement into code.',
  needs: ['server'],
  tenancy: false,
  *check({ server }) {
    const hit = (saw: string): Hit => ({ place: { kind: 'server', label: server.version }, saw, mend: [] })
    const found = parseRelease(server.version)
    if (found === undefined) {
      yield { ...hit(`The release ${server.version} is none that is known here.`), unproven: true }
      return
    }
    const standing = standingOf(found)
    if (standing.is === 'mended') return
    const { open } = faultsOf(found)
    const words = [standing.says, ...(standing.mend === undefined ? [] : [standing.mend])]
    if (open.length > 3) words.push(`All of them: ${open.map(({ cve }) => cve).join(', ')}.`)
    const doubt = standing.is === 'unconfirmed' || standing.is === 'unknown'
    yield { ...hit(words.join(' ')), ...(doubt ? { unproven: true } : {}) }
  },
}

const statisticsViews: Rule = {
  id: 'server.statistics-views',
  holes: [22, 23],
  severity: 'medium',
  title: 'Statistics of tables that one may not read are shown',
  why: 'The server was made by an older release, and keeps its views: installing the mend of CVE-2024-4317 does not change them. They show values out of rows of others.',
  needs: ['server', 'grants'],
  tenancy: false,
  *check({ statisticsViewsMended, server }) {
    if (statisticsViewsMended) return
    yield {
      place: { kind: 'database', label: server.database },
      saw: 'The views pg_stats_ext and pg_stats_ext_exprs are those of before the mend.',
      mend: ['REVOKE SELECT ON TABLE pg_catalog.pg_stats_ext, pg_catalog.pg_stats_ext_exprs FROM PUBLIC'],
    }
  },
}

/** What the closed tables hold, in a few words. */
const holds: Readonly<Record<string, string>> = {
  pg_authid: 'the passwords of all logins, hashed',
  pg_shadow: 'the passwords of all logins, hashed',
  pg_statistic: 'values out of rows of every table',
  pg_statistic_ext_data: 'values out of rows of every table',
  pg_largeobject: 'the content of every large object',
  pg_user_mapping: 'logins of other servers',
  pg_subscription: 'logins of other servers',
}

const opened: Rule = {
  id: 'server.catalogue-opened',
  holes: [6, 21, 22, 23, 33],
  severity: 'high',
  title: 'The application reads a table that the server keeps closed',
  why: 'These tables hold passwords, logins of other servers, and values out of rows. No row security is on them.',
  needs: ['roles', 'grants'],
  *check(catalogue, ground) {
    const names = namesOfApp(catalogue, ground)
    for (const relation of catalogue.systemRelations) {
      const to = [...(relation.public ? [''] : []), ...relation.grantees.filter(name => names.has(name))]
      if (to.length === 0) continue
      yield {
        place: { kind: 'table', label: relation.label },
        saw: `${relation.label} may be read by ${listed(to.map(spoken))}: it holds ${holds[relation.name] ?? 'how the server is set up'}.`,
        mend: to.flatMap(grantee =>
          revokes(`TABLE ${relation.label}`, '', [{ grantee, grantor: '', privilege: 'SELECT', grantable: false }]),
        ),
      }
    }
  },
}

const statements: Rule = {
  id: 'server.statements-shown',
  holes: [6],
  severity: 'medium',
  title: 'The application reads which statements were run',
  why: 'pg_stat_statements keeps the texts of all requests that share its role: names, literals that were not bound, and how often others do what.',
  needs: ['roles', 'relations', 'grants', 'routines'],
  *check(catalogue, ground) {
    const names = namesOfApp(catalogue, ground)
    const ours = ({ extension }: { readonly extension: string | null }): boolean => extension === 'pg_stat_statements'
    for (const relation of catalogue.relations.filter(ours)) {
      const grants = grantsToApp(relation.grants, relation.owner, names, ['SELECT'])
      if (grants.length === 0 || relation.name !== 'pg_stat_statements') continue
      const callable = catalogue.routines.filter(ours).map(routine => ({
        routine,
        grants: grantsToApp(routine.grants, routine.owner, names, ['EXECUTE']),
      }))
      yield {
        place: placeOf(relation),
        saw: `${relation.label} may be read by ${listed(grants.map(one => spoken(one.grantee)))}.`,
        ...(catalogue.server.upheld ? { severity: 'high' } : {}),
        mend: [
          ...revokes(`TABLE ${relation.label}`, relation.owner, grants),
          ...callable.flatMap(one => revokes(`FUNCTION ${one.routine.label}`, one.routine.owner, one.grants)),
        ],
      }
    }
  },
}

export const serverRules: readonly Rule[] = [release, statisticsViews, opened, statements]
