import type { AuditResult } from './audit.ts'
import { pairLines, spread, table } from './table.ts'

/** What was measured of the audit log, in tables. */
export function auditSections(result: AuditResult | undefined): string[] {
  return [
    table(
      'The recorder alone: entries that wait become signed leaves, one batch a transaction',
      'entries × organizations | a batch at most | entries per second | a batch, ms | processor for 1,000: recorder, ms | server, ms',
      result?.recorder.map(
        one =>
          `${one.entries} × ${one.organizations} | ${one.batchMax} | ${spread(one.perSecond, 0)} | ${spread(one.batchMs, 1)} | ${processor(one)}`,
      ),
    ),
    table(
      'Entries that come at a rate, from their commit to the signed head over them, the recorder in a process of its own',
      'offered per second | seconds × organizations | committed per second | logged per second | p50, ms | p99, ms | entries a batch | processor for 1,000: recorder, ms | server, ms',
      result?.offered.map(
        one =>
          `${one.perSecond} | ${one.seconds} × ${one.organizations} | ${spread(one.committedPerSecond, 0)} | ${spread(one.loggedPerSecond, 0)} | ${spread(one.p50Ms, 0)} | ${spread(one.p99Ms, 0)} | ${spread(one.batch, 0)} | ${processor(one)}`,
      ),
    ),
    table(
      'From changes through the handle to signed leaves, the recorder in a process of its own',
      'changes | connections | per second, until the last is logged | logged after the last answer, ms | entries a batch',
      result?.ways.map(
        one =>
          `${one.changes} | ${one.connections} | ${spread(one.perSecond, 0)} | ${spread(one.restMs, 0)} | ${spread(one.batch, 0)}`,
      ),
    ),
    table(
      'The same change of the same table, recorded and not, one at a time through the handle',
      'what | way | statements per second | to the table without | answers',
      result?.triggers.flatMap(({ what, scores }) => pairLines(what, scores, 'without')),
    ),
    table(
      'A recorder while nothing waits',
      'organizations | turns | statements | a turn, ms',
      result?.idle.map(one => `${one.organizations} | ${one.turns} | ${one.statements} | ${spread(one.turnMs, 2)}`),
    ),
  ].flat()
}

function processor({
  recorderCpuMs,
  serverCpuMs,
}: {
  readonly recorderCpuMs: readonly number[]
  readonly serverCpuMs: readonly (number | undefined)[]
}): string {
  const known = serverCpuMs.filter(ms => ms !== undefined)
  return `${spread(recorderCpuMs, 0)} | ${known.length === 0 ? 'not known here' : spread(known, 0)}`
}
