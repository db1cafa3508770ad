import type { Rule, Severity } from '../rule.ts'
import { grantee, grantsToApp, listed, namesOfApp, quoted, revokes, spoken } from './ways.ts'

/** Extensions that open a way out of the database or around its rows. */
const dangerous: Readonly<
  Record<string, { readonly does: string; readonly severity: Severity; readonly hole: number }>
> = {
  adminpack: { does: 'writes files of the host', severity: 'high', hole: 30 },
  file_fdw: { does: 'reads files and runs programs of the host as tables', severity: 'high', hole: 30 },
  dblink: { does: 'opens connections from inside a statement', severity: 'medium', hole: 40 },
  http: { does: 'sends requests from inside a statement', severity: 'high', hole: 40 },
  pg_net: { does: 'sends requests from inside a statement', severity: 'medium', hole: 40 },
  pg_cron: { does: 'runs statements later, as whoever scheduled them', severity: 'medium', hole: 40 },
  lo: { does: 'is made for large objects, which have no organization', severity: 'low', hole: 21 },
  pageinspect: { does: 'reads pages of tables past row security', severity: 'medium', hole: 33 },
  pg_surgery: { does: 'rewrites rows past everything', severity: 'medium', hole: 33 },
  pg_walinspect: { does: 'reads the log of all writes', severity: 'medium', hole: 33 },
  pg_logicalinspect: { does: 'reads the state of logical decoding', severity: 'low', hole: 33 },
  pg_buffercache: { does: 'shows which tables are in use', severity: 'low', hole: 22 },
  pgrowlocks: { does: 'shows which rows are locked', severity: 'low', hole: 22 },
  plpython3u: { does: 'runs Python as the server', severity: 'medium', hole: 40 },
  plperlu: { does: 'runs Perl as the server', severity: 'medium', hole: 40 },
  pltclu: { does: 'runs Tcl as the server', severity: 'medium', hole: 40 },
}

const extensions: Rule = {
  id: 'extension.dangerous',
  holes: [...new Set(Object.values(dangerous).map(({ hole }) => hole))].sort((a, b) => a - b),
  severity: 'medium',
  title: 'An extension opens a way around the rows',
  why: 'What an extension can do, an injected statement can often do too; and each carries faults of its own. Keep only what is used.',
  needs: ['extensions'],
  tenancy: false,
  *check(catalogue) {
    for (const { name } of catalogue.extensions) {
      const known = dangerous[name]
      if (known === undefined) continue
      // What stands on it is somebody's: that goes by hand, or not at all.
      const used = catalogue.foreignServers.filter(({ wrapper }) => wrapper === name).map(({ label }) => label)
      yield {
        place: { kind: 'object', label: name },
        saw: `The extension ${name} is installed: it ${known.does}.${used.length === 0 ? '' : ` In use by ${listed(used)}.`}`,
        severity: known.severity,
        mend: used.length === 0 ? [`DROP EXTENSION ${quoted(name)}`] : [],
      }
    }
  },
}

const servers: Rule = {
  id: 'extension.foreign-server',
  holes: [33, 40],
  severity: 'medium',
  title: 'The application may reach another server from inside this one',
  why: 'A foreign table is read with the login that is stored here, and no policy of this database looks at its rows.',
  needs: ['extensions', 'roles'],
  *check(catalogue, ground) {
    const names = namesOfApp(catalogue, ground)
    for (const server of catalogue.foreignServers) {
      const grants = grantsToApp(server.grants, server.owner, names, ['USAGE'])
      const mapped = server.mappings.filter(role => names.has(role))
      if (grants.length === 0 && mapped.length === 0) continue
      const who = [...new Set([...grants.map(grant => grant.grantee), ...mapped])].map(spoken)
      yield {
        place: { kind: 'object', label: server.label },
        saw: `The foreign server ${server.label} (${server.wrapper}) is open to ${who.join(', ')}.`,
        mend: [
          ...mapped.map(role => `DROP USER MAPPING FOR ${grantee(role)} SERVER ${server.label}`),
          ...revokes(`FOREIGN SERVER ${server.label}`, server.owner, grants),
        ],
      }
    }
  },
}

export const extensionRules: readonly Rule[] = [extensions, servers]
