import { randomBytes } from 'node:crypto'
import { difference, formsOfId } from './compare.ts'
import type { Crawl } from './crawl.ts'
import { draftOf, type Draft } from './draft.ts'
import { inLanes } from './lanes.ts'
import { rolesOf } from './swaps.ts'
import { credentialsOf, told } from './trial.ts'

/** Paths and methods that nobody declared answer like a path that nobody could have thought of. */

/** What people mount for themselves and forget. Data of our own: no list of a tool was taken. */
const words = [
  'admin', 'all', 'api', 'backup', 'config', 'console', 'debug', 'download', 'dump', 'env', 'export', 'files', 'graphql',
  'import', 'internal', 'list', 'logs', 'metrics', 'openapi.json', 'organizations', 'private', 'raw', 'report', 'reports',
  'search', 'status', 'tenants', 'test', 'users', 'v2',
] // prettier-ignore
const pairs = [
  'internal/dump',
  'internal/export',
  'debug/vars',
  'debug/dump',
  'admin/export',
  'admin/users',
  'admin/organizations',
]
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

export async function attackUndeclared(crawl: Crawl): Promise<void> {
  const [strongest] = crawl.routes.flatMap(route => rolesOf(route).filter(role => role !== undefined))
  const forms = crawl.routes.map(route => ({ method: route.method, form: formOf(route.path) }))
  const known = (method: string, path: string): boolean =>
    forms.some(one => (one.method === method || (method === 'HEAD' && one.method === 'GET')) && one.form.test(path))
  const ownPage = (path: string): boolean => path === crawl.pagePath || path.startsWith(`${crawl.pagePath}/`)
  const undeclared = guesses(crawl).filter(path => !known('GET', path) && !ownPage(path))
  await inLanes(undeclared, path =>
    expectNothing(crawl, { method: 'GET', path, role: strongest, attack: 'a path that nobody declared' }),
  )
  for (const [path, route] of new Map(crawl.routes.map(route => [route.path, route]))) {
    const { path: filled } = draftOf(route, crawl.thief.own(), kind => crawl.thief.theirs.ids[kind] ?? '')
    for (const method of methods.filter(one => !known(one, filled))) {
      const asked = { method, path: filled, role: strongest, attack: `${method}, that nobody declared`, says: path }
      await expectNothing(crawl, asked)
    }
  }
}

interface Guess {
  readonly method: string
  readonly path: string
  readonly role: string | undefined
  readonly attack: string
  readonly says?: string
}

/** No path of this length and no method of this name: what both say is that nothing is there. */
const nothingThere = new Set([404, 405, 501])

async function expectNothing(crawl: Crawl, { method, path, role, attack, says = path }: Guess): Promise<void> {
  const credentials = credentialsOf(crawl.thief.own(), role)
  const draft: Draft = { method, path, query: [], headers: {}, cookies: {} }
  const answer = await crawl.ask(draft, credentials)
  const where = 'beside the declared routes'
  const saw = crawl.thief.traces().in(answer, Object.values(crawl.thief.theirs.ids).flatMap(formsOfId))
  if (saw !== undefined) return crawl.report.refute({ attack, where: `${method} ${says}`, saw })
  if (method !== 'GET' && !(await crawl.unchanged()))
    return crawl.report.refute({
      attack,
      where: `${method} ${says}`,
      saw: 'rows of the other organization were changed',
    })
  if (nothingThere.has(answer.status)) return crawl.report.observe(attack, where)
  const [one, other] = [await nowhere(crawl, draft, credentials), await nowhere(crawl, draft, credentials)]
  const around = [told(one.answer, [one.path]), told(other.answer, [other.path])]
  const seen = difference(around, told(answer, [path]))
  if (seen === undefined) crawl.report.observe(attack, where)
  else crawl.report.refute({ attack, where: `${method} ${says}`, saw: `status ${answer.status}: something is there` })
}

/** The same folder, and a name in it that nobody could have given. */
async function nowhere(crawl: Crawl, draft: Draft, credentials: Parameters<Crawl['ask']>[1]) {
  const path = draft.path.replace(/[^/]*$/, `no${randomBytes(8).toString('hex')}`)
  return { path, answer: await crawl.ask({ ...draft, path }, credentials) }
}

function guesses(crawl: Crawl): readonly string[] {
  const paths = crawl.routes.map(
    route => draftOf(route, crawl.thief.own(), kind => crawl.thief.theirs.ids[kind] ?? '').path,
  )
  const folders = new Set(paths.flatMap(path => parentsOf(path)))
  const below = [...folders].flatMap(folder => words.map(word => `${folder}/${word}`))
  const things = [...new Set(paths)].flatMap(path =>
    ['export', 'raw', 'history'].map(word => `${path === '/' ? '' : path}/${word}`),
  )
  return [
    ...new Set([
      ...below,
      ...things,
      ...pairs.map(pair => `/${pair}`),
      ...folders,
      ...paths.map(path => `${path}.json`),
    ]),
  ].filter(path => path !== '' && path !== '/.json')
}

/** `/a/b/c` lies in '', `/a` and `/a/b`. What stands below an id is asked for with an id. */
function parentsOf(path: string): string[] {
  const pieces = path.split('/').slice(1, -1)
  return ['', ...pieces.map((_, at) => `/${pieces.slice(0, at + 1).join('/')}`)]
}

function formOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/:(\w+)/g, '[^/]+')}/?$`)
}
