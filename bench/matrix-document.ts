import type { Feed } from '../upheld/src/surfaces/trust/index.ts'

interface Made {
  readonly day: string
  readonly machine: string
  readonly postgres: string
  /** Of the log that the runs stand in. */
  readonly checkpoint: { readonly size: number; readonly root: string }
}

type Claim = Feed['claims'][number]
type Run = NonNullable<Claim['last_run']>
type Tried = Run['sabotages'][number]

/** The matrix of every claim that several instruments look at, as the feed tells it. */
export function matrixDocument(feed: Feed, { day, machine, postgres, checkpoint }: Made): string {
  const parts = feed.claims.flatMap(claim => {
    const run = claim.last_run
    return run?.sabotages.some(one => one.instruments !== undefined) === true ? part(claim, run) : []
  })
  return [
    '# Kill matrix',
    '',
    'Every way that we know to break the isolation of the database, and what noticed it. Each line is a change that was',
    'made on purpose to a copy of the running demo. Linter and prober looked at that copy one after the other, each by',
    'itself, and were timed to the first thing that they found; its name follows. A dash says why an instrument is not',
    'meant to notice: it was not tried there, and a test holds that it indeed does not. Where anything else is missing,',
    'the run is unproven and the promise is off the page.',
    '',
    `Made by \`npm run matrix\` on ${day} out of signed runs (log of ${checkpoint.size} entries, root \`${checkpoint.root}\`).`,
    `${machine}, Postgres ${postgres}.`,
    '',
    ...parts,
  ].join('\n')
}

function part(claim: Claim, run: Run): string[] {
  const instruments = run.sabotages[0]?.instruments?.map(one => one.name) ?? []
  const seconds = (Date.parse(run.finished_at) - Date.parse(run.started_at)) / 1000
  return [
    `## ${claim.id}`,
    '',
    `${claim.sentence} **${run.verdict}**: ${run.observations} attacks on the live system, ${run.sabotages.length} copies broken, ${seconds.toFixed(0)} seconds in all.`,
    '',
    `| what was broken | ${instruments.join(' | ')} |`,
    `|---|${instruments.map(() => '---|').join('')}`,
    ...run.sabotages.map(one => line(one)),
    '',
  ]
}

function line({ name, says = '', instruments = [] }: Tried): string {
  const cells = instruments.map(one => {
    if (one.beyond !== undefined) return `– ${one.beyond}`
    return one.noticed ? `${one.after_ms ?? 0} ms, ${one.attack ?? ''}` : 'MISSED'
  })
  return `| ${[`${says} \`${name}\``, ...cells].map(text => text.replaceAll('|', '\\|')).join(' | ')} |`
}
