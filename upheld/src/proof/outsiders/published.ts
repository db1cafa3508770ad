/** What every probe of an outsider is, in the words that a contract publishes. */
interface ProbeFacts {
  readonly name: 'routes' | 'sessions' | 'visitors' | 'page'
  /** The claim of the catalogue that it re-performs, as far as that goes over HTTP alone. */
  readonly claim: string
  readonly says: string
  readonly notCovered: readonly [string, ...string[]]
  readonly observationsMin: number
}

export const probeFacts: readonly ProbeFacts[] = [
  {
    name: 'routes',
    claim: 'isolation.routes',
    says: 'One of your organizations walks through every route that the application declares, as every role, with the identifiers of the other. Each answer must be as for an identifier that nobody has; whoever may not is refused.',
    notCovered: [
      'routes that the service does not declare, and the pages for people',
      'identifiers in cursors, in odd notations and under other methods; differences in time',
      'that rows stay unchanged is told by the service; what the other organization can read is compared before and after',
    ],
    observationsMin: 20,
  },
  {
    name: 'sessions',
    claim: 'sessions.sound',
    says: 'The sessions of your organization are altered, cut, sent elsewhere, led to the other organization, and used again after signing out. None of that may let anybody in.',
    notCovered: [
      'sessions that end with time, a change of password or a change of roles',
      'what stands in the database: nobody outside can look there',
    ],
    observationsMin: 20,
  },
  {
    name: 'visitors',
    claim: 'widget.scoped',
    says: 'The token of a visitor is used on another page, altered, cut, by the other organization, and where only members may go.',
    notCovered: ['tokens whose time is over', 'scopes that the visitors of your organizations were not given'],
    observationsMin: 8,
  },
  {
    name: 'page',
    claim: 'roadmap.honest',
    says: 'The evidence log is fetched and verified whole, and what the feed and the page say of every claim is held against it.',
    notCovered: ['whether the log shows others the same: keep its checkpoint, and ask its witnesses'],
    observationsMin: 5,
  },
]
