import { createHmac, timingSafeEqual } from 'node:crypto'
import { idOf, type Application, type Furnishing, type Organization, type Upheld } from '../../src/index.ts'

// A way in for applications that only tests start. What signs a pass is no secret: nobody but a test is let in by it.

interface Clinic {
  /** Makes an id that no other patient of any practice has. */
  readonly newId: () => string
  /** The column of a visit that holds its text. */
  readonly note: 'note' | 'reason'
}

type Handled = readonly [status: number, body: unknown]

/** Patients and visits of a practice, for two roles, over HTTP. */
export function clinicDoor({ newId, note }: Clinic): Required<Pick<Application, 'routes' | 'fetch'>> {
  const all = ['doctor', 'reception']
  return {
    routes: {
      declared: [
        { method: 'GET', path: '/', roles: 'public' },
        { method: 'GET', path: '/patients', roles: all },
        { method: 'GET', path: '/patients/:id', roles: all, params: { id: idOf('patient') } },
        {
          method: 'POST',
          path: '/visits',
          roles: ['doctor'],
          json: { patient: { id: idOf('patient') }, note: 'Well.' },
        },
      ],
      furnish: (organization, mark) => furnish(organization, mark, newId()),
    },
    fetch: upheld => request => answer(upheld, request, { newId, note }),
  }
}

async function furnish(organization: Organization, mark: string, id: string): Promise<Furnishing> {
  await organization.query('insert into clinic.patient (organization_id, id, name) values ($1, $2, $3)', [
    organization.id,
    id,
    mark,
  ])
  const pass = (role: string) => ({ headers: { authorization: `Bearer ${signed(organization.id, role)}` } })
  return { ids: { patient: id }, roles: { doctor: pass('doctor'), reception: pass('reception') } }
}

async function answer(upheld: Upheld, request: Request, clinic: Clinic): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (pathname === '/' && request.method === 'GET') return new Response('The clinic is open.')
  const [, things, id, more] = pathname.split('/')
  const known = more === undefined && (things === 'patients' || (things === 'visits' && id === undefined))
  if (!known) return Response.json({ error: 'nothing here' }, { status: 404 })
  const pass = passOf(request)
  if (pass === undefined) return Response.json({ error: 'who are you' }, { status: 401 })
  const practice = upheld.organization(pass.organization)
  const [status, body] =
    things === 'visits'
      ? await visit(practice, request, pass.role, clinic)
      : request.method === 'GET'
        ? await patients(practice, id)
        : nothing
  return Response.json(body, { status })
}

const nothing: Handled = [404, { error: 'nothing here' }]
const anyId = /^(\d{1,9}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

async function patients(practice: Organization, id: string | undefined): Promise<Handled> {
  if (id === undefined) return [200, await practice.query('select id, name from clinic.patient order by id limit 100')]
  if (!anyId.test(id)) return nothing
  const rows = await practice.query('select id, name from clinic.patient where id::text = $1', [id])
  return rows[0] === undefined ? nothing : [200, rows[0]]
}

async function visit(practice: Organization, request: Request, role: string, clinic: Clinic): Promise<Handled> {
  if (request.method !== 'POST') return nothing
  if (role !== 'doctor') return [403, { error: 'doctors only' }]
  const id = /"patient":\{"id":"?([0-9a-f-]+)"?\}/.exec(await request.text())?.[1] ?? ''
  const made = await practice.query(
    `insert into clinic.visit (organization_id, id, patient_id, ${clinic.note})
     select organization_id, $2::text::${clinic.note === 'note' ? 'integer' : 'uuid'}, id, 'Well.'
     from clinic.patient where id::text = $1 returning id`,
    [id, clinic.newId()],
  )
  return made.length === 1 ? [201, { made: true }] : [422, { error: 'no such patient' }]
}

function signed(organization: string, role: string): string {
  return `${organization}.${role}.${createHmac('sha256', 'a test').update(`${organization} ${role}`).digest('hex')}`
}

function passOf(request: Request): { organization: string; role: string } | undefined {
  const [organization = '', role = ''] = (request.headers.get('authorization') ?? '').replace('Bearer ', '').split('.')
  const [given, right] = [request.headers.get('authorization') ?? '', `Bearer ${signed(organization, role)}`].map(
    text => Buffer.from(text),
  )
  if (given === undefined || right === undefined || given.length !== right.length) return undefined
  return timingSafeEqual(given, right) ? { organization, role } : undefined
}
