import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto'
import { freshText, idOf, type Application, type Furnishing, type Organization, type Routes } from '../../src/index.ts'

// A sound application of a make that the probe was not written for: ids of every kind, in every place, answers that
// carry a reference, a time and a number of their own, forms and cookies, and a router written by hand.

type Params = Readonly<Record<string, string>>

interface Call {
  readonly port: Organization
  readonly role: string
  readonly params: Params
  readonly query: URLSearchParams
  readonly request: Request
}

type Handled = readonly [status: number, body: object]
const nothing: Handled = [404, { error: 'no such thing' }]

interface Entry {
  readonly declared: Routes['declared'][number]
  handle(call: Call): Promise<Handled>
}

const both = ['master', 'hand']
const number = /^[1-9]\d{0,17}$/

const entries: readonly Entry[] = [
  {
    declared: {
      method: 'GET',
      path: '/ships',
      roles: both,
      query: { q: '' },
      paging: { cursor: 'from', first: { take: '1' }, next: body => /"from":"([\w-]+)"/.exec(body)?.[1] },
    },
    async handle({ port, query }) {
      const take = Math.min(Number(query.get('take') ?? 20) || 20, 50)
      const after = Buffer.from(query.get('from') ?? '', 'base64url')
        .toString()
        .replaceAll('\0', '')
      const ships = await port.query(
        `select code, name from harbor.ship where code > $1 and strpos(name, $2) > 0 order by code limit ${take}`,
        [after, query.get('q') ?? ''],
      )
      const last = ships.length === take ? String(ships.at(-1)?.['code']) : undefined
      return [200, { ships, ...(last === undefined ? {} : { from: Buffer.from(last).toString('base64url') }) }]
    },
  },
  {
    declared: { method: 'GET', path: '/ships/:code', roles: both, params: { code: idOf('ship') } },
    async handle({ port, params }) {
      const [ship] = await port.query('select code, name from harbor.ship where code = $1', [params['code']])
      return ship === undefined ? nothing : [200, ship]
    },
  },
  {
    declared: {
      method: 'PUT',
      path: '/ships/:code',
      roles: ['master'],
      params: { code: idOf('ship') },
      form: { name: freshText('The *') },
    },
    async handle({ port, params, request }) {
      const name = new URLSearchParams(await request.text()).get('name')
      const set = port.query('update harbor.ship set name = $2 where code = $1 returning code', [params['code'], name])
      return set.then(
        rows => (rows.length === 0 ? nothing : [200, { renamed: true }]),
        () => [409, { error: 'there is a ship of this name' }],
      )
    },
  },
  {
    declared: { method: 'GET', path: '/crate-at-hand', roles: both, cookies: { crate: idOf('crate') } },
    handle: ({ port, request }) => crate(port, /\bcrate=(\d+)/.exec(request.headers.get('cookie') ?? '')?.[1]),
  },
  {
    declared: { method: 'GET', path: '/crate-on-hook', roles: both, headers: { 'x-crate': idOf('crate') } },
    handle: ({ port, request }) => crate(port, request.headers.get('x-crate') ?? undefined),
  },
  {
    declared: { method: 'DELETE', path: '/crates/:id', roles: ['master'], params: { id: idOf('crate') } },
    async handle({ port, params }) {
      if (!number.test(params['id'] ?? '')) return nothing
      const gone = await port.query('delete from harbor.crate where id = $1 returning id', [params['id']])
      return gone.length === 0 ? nothing : [200, { gone: params['id'] }]
    },
  },
  {
    declared: {
      method: 'GET',
      path: '/invoices/:year/:number',
      roles: ['master'],
      params: { year: idOf('year'), number: idOf('invoice') },
    },
    async handle({ port, params: { year = '', number: no = '' } }) {
      if (!/^\d{4}$/.test(year) || !/^\d{1,9}$/.test(no)) return nothing
      const rows = await port.query('select note from harbor.invoice where year = $1 and number = $2', [year, no])
      return rows[0] === undefined ? nothing : [200, { year, number: no, ...rows[0] }]
    },
  },
  {
    declared: {
      method: 'POST',
      path: '/voyages',
      roles: both,
      json: {
        name: freshText('voyage *'),
        legs: [{ ship: { code: idOf('ship') }, crates: [idOf('crate', 'number')] }],
      },
    },
    handle: ({ port, request }) => request.text().then(text => plan(port, text)),
  },
  {
    // It calls itself one of Upheld's own, and is not.
    declared: { method: 'GET', path: '/voyages/:id', roles: both, params: { id: idOf('voyage') }, house: true },
    async handle({ port, params }) {
      const rows = await port.query('select plan from harbor.voyage where id::text = lower($1)', [params['id']])
      return rows[0] === undefined ? nothing : [200, { plan: rows[0]['plan'] }]
    },
  },
  {
    declared: { method: 'POST', path: '/find', roles: both, json: { ship: idOf('ship') }, changes: false },
    async handle({ port, request }) {
      const code = /"ship":"([a-z0-9-]+)"/.exec(await request.text())?.[1] ?? ''
      return [200, { found: await port.query('select name from harbor.ship where code = $1', [code]) }]
    },
  },
]

async function crate(port: Organization, id: string | undefined): Promise<Handled> {
  if (id === undefined || !number.test(id)) return [400, { error: 'which crate' }]
  const [row] = await port.query('select label from harbor.crate where id = $1', [id])
  return row === undefined ? nothing : [200, row]
}

async function plan(port: Organization, text: string): Promise<Handled> {
  const code = /"ship":\{"code":"([a-z0-9-]+)"\}/.exec(text)?.[1]
  const id = /"crates":\[(\d{1,18})\]/.exec(text)?.[1]
  if (code === undefined || id === undefined) return [400, { error: 'a ship and its crates' }]
  const [made] = await port.query(
    `insert into harbor.voyage (organization_id, plan)
     select s.organization_id, jsonb_build_object('ship', s.code, 'crate', c.id)
     from harbor.ship s join harbor.crate c on c.organization_id = s.organization_id where s.code = $1 and c.id = $2
     returning id`,
    [code, id],
  )
  return made === undefined ? [422, { error: 'no such ship or crate' }] : [201, made]
}

async function furnish(port: Organization, mark: string): Promise<Furnishing> {
  const { id } = port
  const pass = async (role: string) => {
    const secret = randomBytes(24).toString('hex')
    const hash = createHash('sha256').update(secret).digest('hex')
    await port.query(`insert into harbor.pass values ($1, decode($2, 'hex'), $3)`, [id, hash, role])
    return { headers: { cookie: `harbor=${id.replaceAll('-', '')}.${secret}` } }
  }
  const ship = `ship-${mark}`
  await port.query('insert into harbor.ship values ($1, $2, $3), ($1, $4, $5)', [
    id,
    ship,
    mark,
    `${ship}-b`,
    `${mark} b`,
  ])
  const [made] = await port.query(
    'insert into harbor.crate (organization_id, ship_code, label) values ($1, $2, $3) returning id',
    [id, ship, mark],
  )
  const invoice = String(randomInt(1e8, 1e9))
  await port.query('insert into harbor.invoice values ($1, 2026, $2, $3)', [id, invoice, mark])
  const [voyage] = await port.query(
    `insert into harbor.voyage (organization_id, plan) values ($1, jsonb_build_object('says', $2::text)) returning id`,
    [id, mark],
  )
  const ids = { ship, crate: String(made?.['id']), year: '2026', invoice, voyage: String(voyage?.['id']) }
  const roles = { master: await pass('master'), hand: await pass('hand') }
  // Two who may do nothing here.
  return { ids, roles: { ...roles, cook: await pass('cook'), clerk: await pass('clerk') } }
}

/** Who carries this cookie, and what they may. */
async function known(upheld: Parameters<Application['fetch']>[0], request: Request) {
  const [, hex = '', secret = ''] =
    /\bharbor=([0-9a-f]{32})\.([0-9a-f]{48})/.exec(request.headers.get('cookie') ?? '') ?? []
  if (secret === '') return undefined
  const port = upheld.organization(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'))
  const hash = createHash('sha256').update(secret).digest('hex')
  const [row] = await port.query(`select role from harbor.pass where secret_hash = decode($1, 'hex')`, [hash])
  return row === undefined ? undefined : { port, role: String(row['role']) }
}

let served = 0

/** Every answer has a reference, a time and a number that no other answer has. */
function said([status, body]: Handled): Response {
  const at = new Date().toISOString()
  const headers = { 'x-request-id': randomUUID(), 'server-timing': `all;dur=${randomInt(1000)}` }
  return Response.json({ ...body, reference: randomUUID(), at, served: (served += 1) }, { status, headers })
}

function paramsOf(template: string, path: string): Params | undefined {
  const [wanted, given] = [template.split('/'), path.split('/')]
  if (wanted.length !== given.length) return undefined
  const pairs = wanted.map((piece, at): readonly [string, string] => [piece, given[at] ?? ''])
  if (pairs.some(([piece, one]) => !piece.startsWith(':') && piece !== one)) return undefined
  return Object.fromEntries(pairs.map(([piece, one]) => [piece.slice(1), decodeURIComponent(one).replaceAll('\0', '')]))
}

export const harbor: Pick<Application, 'tenantSchemas' | 'migrations' | 'fetch'> & { readonly routes: Routes } = {
  tenantSchemas: ['harbor'],
  migrations: new URL('../schemas/harbor/', import.meta.url),
  routes: { declared: entries.map(entry => entry.declared), furnish },
  fetch: upheld => async request => {
    const { pathname, searchParams: query } = new URL(request.url)
    for (const entry of entries) {
      const { declared } = entry
      const params = paramsOf(declared.path, pathname)
      if (params === undefined || declared.method !== request.method) continue
      const visitor = await known(upheld, request)
      if (visitor === undefined) return said([401, { error: 'no pass' }])
      if (declared.roles !== 'public' && !declared.roles.includes(visitor.role))
        return said([403, { error: 'not you' }])
      return said(await entry.handle({ ...visitor, params, query, request }))
    }
    return said(nothing)
  },
}
