import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { auditSections } from './keep-audit.ts'
import { sealedSections } from './keep-sealed.ts'
import type { AuditResult } from './audit.ts'
import type { BuilderResult } from './builders.ts'
import type { BundleResult } from './bundle.ts'
import type { DecisionResult } from './decisions.ts'
import { machine, ratios } from './harness.ts'
import type { LintResult } from './lint.ts'
import type { ObjectResult } from './objects.ts'
import type { PooledResult } from './pooled.ts'
import type { ProberResult } from './prober.ts'
import type { ReadResult } from './read.ts'
import type { ReviewResult } from './reviews.ts'
import type { RoundResult } from './round.ts'
import type { SessionResult } from './sessions.ts'
import type { ShapeResult } from './shapes.ts'
import type { SignInResult } from './sign-in.ts'
import { pairLines, spread, table } from './table.ts'
import type { VaultResult } from './vault.ts'

const results = new URL('./results/', import.meta.url)

/** What was measured, by the name of its bench. One that was not run is absent. */
export interface Results {
  readonly reads?: readonly ReadResult[]
  readonly shapes?: readonly ShapeResult[]
  readonly builders?: readonly BuilderResult[]
  readonly pooled?: readonly PooledResult[]
  readonly lints?: readonly LintResult[]
  readonly probers?: readonly ProberResult[]
  readonly bundles?: readonly BundleResult[]
  readonly audits?: AuditResult
  readonly reviews?: readonly ReviewResult[]
  readonly rounds?: readonly RoundResult[]
  readonly decisions?: readonly DecisionResult[]
  readonly vaults?: readonly VaultResult[]
  readonly objects?: ObjectResult
  readonly sessions?: readonly SessionResult[]
  readonly signIns?: readonly SignInResult[]
}

/** Writes what was measured, with its date, and prints it. What was measured earlier on the same day stays. */
export function keep(measured: Results, postgres: string): void {
  const day = new Date().toISOString().slice(0, 10)
  const file = new URL(`${day}.json`, results)
  const earlier: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  const all: Results = { ...(typeof earlier === 'object' ? earlier : {}), ...measured }
  const text = [
    `# ${day}`,
    `${machine()}, Postgres ${postgres}. Paired in one run, fixed seed; medians, least and most in brackets.`,
    ...sections(all),
  ].join('\n\n')
  mkdirSync(results, { recursive: true })
  writeFileSync(new URL(`${day}.md`, results), `${text}\n`)
  writeFileSync(file, `${JSON.stringify({ day, machine: machine(), postgres, ...all }, undefined, 2)}\n`)
  process.stdout.write(`${text}\n`)
}

function sections(all: Results): string[] {
  const { reads, shapes, builders, pooled, vaults } = all
  return [
    table(
      'A read by primary key',
      'at once | way | per second | to no isolation | to four statements | answers',
      reads?.flatMap(readLines),
    ),
    table(
      'Larger questions',
      'question | at once | way | per second | to no isolation | answers',
      shapes?.flatMap(({ shape, concurrency, scores }) =>
        pairLines(`${shape} | ${concurrency}`, scores, 'no isolation'),
      ),
    ),
    table(
      'A read by primary key through a query builder; bare is a superuser’s plain connection, where no policy applies',
      'builder | at once | way | per second | to the bare builder | answers',
      builders?.flatMap(({ builder, concurrency, scores }) => pairLines(`${builder} | ${concurrency}`, scores, 'bare')),
    ),
    table(
      'Rows of a wrong organization among pooled, interleaved reads',
      'way | processes × clients | reads | wrong rows | seconds',
      pooled?.map(
        one =>
          `${one.way} | ${one.processes} × ${one.clients} | ${one.reads} | ${one.wrong} | ${one.seconds.toFixed(0)}`,
      ),
    ),
    ...decisionSections(all),
    table(
      'A sign-in on a known device, beside its hash; 1.00 costs nothing more than the hash',
      'at once | way | per second | to the hash alone | answers',
      all.signIns?.flatMap(({ concurrency, scores }) => pairLines(String(concurrency), scores, 'argon2id alone')),
    ),
    table(
      'Who is signed in, asked of the same database',
      'at once | way | per second | to better-auth | answers',
      all.sessions?.flatMap(({ concurrency, scores }) => pairLines(String(concurrency), scores, 'better-auth')),
    ),
    ...proofSections(all),
    ...sealedSections(vaults, all.objects),
  ].flat()
}

/** What proving takes, and what is recorded on the way. */
function proofSections({ lints, probers, bundles, audits, reviews, rounds }: Results): string[] {
  return [
    table(
      'The linter',
      'tables | findings | seconds',
      lints?.map(one => `${one.tables} | ${one.findings} | ${spread(one.seconds, 2)}`),
    ),
    table(
      'One walk of the prober, once each',
      'where | tables | attacks beaten | came through | statements for each table | seconds',
      probers?.map(
        one =>
          `${one.where} | ${one.tables} | ${one.attacks} | ${one.cameThrough} | ${one.statementsPerTable.toFixed(0)} | ${one.seconds.toFixed(1)}`,
      ),
    ),
    table(
      'An audit bundle written to a file and verified from it, once each, in one thread',
      'entries | MB | written in s | verified in s | more memory while verifying, MB',
      bundles?.map(
        one =>
          `${one.entries} | ${one.megabytes} | ${(one.writeMs / 1000).toFixed(1)} | ${(one.verifyMs / 1000).toFixed(1)} | ${one.verifyMegabytesMax}`,
      ),
    ),
    ...auditSections(audits),
    table(
      'An access review begins: everything is found, frozen and given to reviewers',
      'members | lines | round trips | seconds',
      reviews?.map(one => `${one.members} | ${one.lines} | ${one.roundTrips} | ${spread(one.seconds, 2)}`),
    ),
    table(
      'A run of each claim on the desk',
      'claim | verdict | attacks beaten | systems attacked | seconds',
      rounds?.map(
        one => `${one.claim} | ${one.verdict} | ${one.observations} | ${one.worlds} | ${spread(one.seconds, 1)}`,
      ),
    ),
  ].flat()
}

/** Operations of a bench are many decisions each; what is kept is one. */
function decisionSections({ decisions }: Results): string[] {
  return table(
    'Decisions of access, on a role of 20 permissions, one grant and one denial',
    'what | way | ns each | to the other | answers',
    decisions?.flatMap(({ what, times, scores }) =>
      scores.map(score => {
        const each = score.perSecond.map(perSecond => 1e9 / (perSecond * times))
        const other = scores.find(({ name }) => name !== score.name)?.name ?? score.name
        return `${what} | ${score.name} | ${spread(each, 1)} | ${spread(ratios(scores, score.name, other), 2)} | ${score.answers}`
      }),
    ),
  )
}

function readLines({ concurrency, scores }: ReadResult): string[] {
  return scores.map(score => {
    const to = (other: string): string => spread(ratios(scores, score.name, other), 2)
    return `${concurrency} | ${score.name} | ${spread(score.perSecond, 0)} | ${to('no isolation')} | ${to('four statements')} | ${score.answers}`
  })
}
