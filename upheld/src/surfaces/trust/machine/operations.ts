import { formats, openFormats } from '../../../proof/exports/index.ts'
import { paths } from '../view.ts'

/** One address of the trust surface, as its description tells of it. Every one of them takes GET and HEAD alone. */
export interface Operation {
  /** With `{name}` for each parameter. */
  readonly path: string
  readonly id: string
  readonly tag: 'For people' | 'For programs' | 'The evidence log'
  readonly summary: string
  /** Media type of the answer. */
  readonly type: string
  /** How its validator is made; `none` for what never changes and says so. */
  readonly tagged: 'strong' | 'weak'
  readonly dated?: true
  readonly forever?: true
  /** Whether pages of other origins may read it. */
  readonly open: boolean
  /** Beside 200 and 304. */
  readonly statuses: readonly (404 | 503)[]
  /** Names of parameters in path and query, of those that `openapi.ts` knows. */
  readonly parameters?: readonly string[]
  /** Name of a schema of the description; text when absent. */
  readonly schema?: string
}

const html = 'text/html'
const page = { tag: 'For people', type: html, tagged: 'strong', open: false } as const
const file = { tag: 'For programs', tagged: 'strong', open: true } as const
const log = { tag: 'The evidence log', tagged: 'strong', open: true, statuses: [404, 503] } as const
const below = (path: string): string => `${paths.evidence}/${path}`
const text = 'text/plain'
const binary = 'application/octet-stream'

const pages: readonly Operation[] = [
  { ...page, path: paths.page, id: 'getPage', summary: 'The security page', statuses: [503] },
  {
    ...page,
    path: `${paths.page}/claims/{claim}`,
    id: 'getClaimPage',
    summary: 'One claim in full: every run, every red, what it said and when',
    statuses: [404, 503],
    parameters: ['claim', 'before'],
  },
  {
    ...page,
    path: paths.history,
    id: 'getHistory',
    summary: 'Every attack that came through, and every change of a promise',
    statuses: [404, 503],
    parameters: ['before'],
  },
  {
    ...page,
    path: paths.evidence,
    id: 'getEvidencePage',
    summary: 'The log, its key, and every entry with its proof',
    statuses: [404, 503],
    parameters: ['before'],
  },
  { ...page, path: paths.check, id: 'getCheckPage', summary: 'Check the log in this browser', statuses: [503] },
  {
    ...page,
    path: paths.tools,
    id: 'getToolsPage',
    summary: 'How to check the log with tools of others',
    statuses: [503],
  },
  {
    ...page,
    path: `${paths.check}/{script}`,
    id: 'getCheckScript',
    type: 'text/javascript',
    summary: 'A script of that page',
    statuses: [404],
    parameters: ['script'],
  },
]

const files: readonly Operation[] = [
  {
    ...file,
    path: paths.feed,
    id: 'getFeed',
    type: 'application/json',
    tagged: 'weak',
    summary: 'Every claim, how it stands, and the signed head of the log',
    statuses: [503],
    schema: 'Feed',
  },
  {
    ...file,
    path: paths.feedSchema,
    id: 'getFeedSchema',
    type: 'application/schema+json',
    summary: 'The JSON Schema (2020-12) of the feed',
    statuses: [],
    schema: 'Schema',
  },
  {
    ...file,
    path: paths.atom,
    id: 'getChanges',
    type: 'application/atom+xml',
    dated: true,
    summary: 'The newest 100 changes of verdicts and promises, as an Atom feed (RFC 4287)',
    statuses: [503],
  },
  {
    ...file,
    path: paths.openapi,
    id: 'getDescription',
    type: 'application/vnd.oai.openapi+json',
    summary: 'This description',
    statuses: [],
    schema: 'Description',
  },
  ...openFormats.map(format => ({
    ...file,
    path: `${paths.exports}/${formats[format].file}`,
    id: `getExport${format.replaceAll(/(?:^|-)(\w)/g, (_, first: string) => first.toUpperCase())}`,
    type: formats[format].media.replace(/;.*/, ''),
    summary: `The same for auditors: ${format}`,
    statuses: [503] as const,
  })),
  {
    ...file,
    path: paths.badge,
    id: 'getPageBadge',
    type: 'image/svg+xml',
    summary: 'How the whole page stands, as an image. Link it to the page.',
    statuses: [503],
  },
  {
    ...file,
    path: `${paths.page}/claims/{claim}/badge.svg`,
    id: 'getClaimBadge',
    type: 'image/svg+xml',
    summary: 'How one claim stands, as an image. Link it to the page of the claim.',
    statuses: [404, 503],
    parameters: ['claim'],
  },
  {
    ...file,
    path: paths.securityTxt,
    id: 'getSecurityTxt',
    type: text,
    summary: 'Where to report a weakness (RFC 9116)',
    statuses: [],
  },
]

const entries: readonly Operation[] = [
  { ...log, path: paths.checkpoint, id: 'getCheckpoint', type: text, summary: 'The signed head, C2SP tlog-checkpoint' },
  { ...log, path: below('key'), id: 'getKey', type: text, summary: 'The verifier key, C2SP signed-note' },
  {
    ...log,
    path: paths.bundle,
    id: 'getBundle',
    type: 'application/json',
    summary: 'The whole log in one file, for upheld verify',
    schema: 'Bundle',
  },
  {
    ...log,
    path: below('proof/{entry}.tlog-proof'),
    id: 'getProof',
    type: text,
    summary: 'That an entry stands in the log, C2SP tlog-proof',
    parameters: ['entry'],
  },
  ...tiles(),
]

/** C2SP tlog-tiles: a number of more than three digits has a folder for each three. */
function tiles(): Operation[] {
  const tile = { ...log, type: binary, forever: true, schema: 'Bytes' } as const
  const places = [
    { folder: '', more: '', names: [] },
    { folder: '{thousands}/', more: 'FromThousand', names: ['thousands'] },
  ]
  return places.flatMap(({ folder, more, names }) => [
    {
      ...tile,
      path: below(`tile/{level}/${folder}{tile}`),
      id: `getTile${more}`,
      summary: 'A full tile: 256 hashes, or the entries below them',
      parameters: ['level', ...names, 'tile'],
    },
    {
      ...tile,
      path: below(`tile/{level}/${folder}{tile}.p/{width}`),
      id: `getPartialTile${more}`,
      summary: 'A tile that is not full yet, of this width',
      parameters: ['level', ...names, 'tile', 'width'],
    },
  ])
}

/** Every address that the trust surface answers. A test holds the routes against it. */
export const operations: readonly Operation[] = [...pages, ...files, ...entries]
