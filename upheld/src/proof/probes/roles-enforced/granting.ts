import { freshText, type DeclaredRoute, type Example } from '../../../routes.ts'
import { cannotProbe } from '../../claims/index.ts'
import { except } from './exceptions.ts'
import { noRole, type Ground } from './ground.ts'

/** Something that somebody tries to give, to take, or to keep. */
interface Try {
  readonly attack: string
  /** Whose access is to change. */
  readonly about: string
  /** What the way names, where that is no member. */
  readonly id?: string
  readonly form: Readonly<Record<string, Example>>
}

const rolesOf = (...names: readonly string[]): Try['form'] =>
  Object.fromEntries(names.map(name => [`role_${name}`, 'on']))
const exceptionOf = (effect: 'allow' | 'deny', permission: string): Try['form'] => ({
  effect,
  permission,
  reason: 'Because I say so.',
  days: '30',
  review_days: '14',
})

/** What an author needs to be heard at all, and no more. */
const tools = ['organization.members.read', 'organization.members.roles', 'organization.members.overrides']

/**
 * Somebody who may change the roles and exceptions of others, and has nothing else, tries to give more than that: to
 * themselves, to a colleague; and to take from those who are above.
 */
export async function attackByGranting(ground: Ground): Promise<void> {
  const [changeRoles, addException] = [routeOf(ground, 'roles'), routeOf(ground, 'exceptions')]
  await except(ground, { member: noRole, permissions: tools, effect: 'allow' })
  const lacking = ground.permissions.find(name => !tools.includes(name)) ?? ''
  const byRoles: readonly Try[] = [
    { attack: 'raise one’s own roles', about: noRole, form: rolesOf('admin') },
    { attack: 'make oneself an owner', about: noRole, form: rolesOf('owner') },
    { attack: 'make a colleague an owner', about: 'colleague', form: rolesOf('owner', 'agent') },
    ...above(ground, tools).map(role => ({
      attack: `give a colleague the role ${role}, which has more than one has`,
      about: 'colleague',
      form: rolesOf(role),
    })),
  ]
  const byExceptions: readonly Try[] = [
    { attack: 'give oneself a permission', about: noRole, form: exceptionOf('allow', lacking) },
    { attack: 'give a colleague a permission that one lacks', about: 'colleague', form: exceptionOf('allow', lacking) },
    { attack: 'give away for longer than one has it', about: 'colleague', form: exceptionOf('allow', tools[0] ?? '') },
  ]
  for (const one of byRoles) await attempt(ground, changeRoles, one, noRole)
  for (const one of byExceptions) await attempt(ground, addException, one, noRole)
  // With a second owner it is not the rule about the last one that keeps the first.
  await ground.organization.query(`update upheld_access.member set roles = '{owner}' where id = $1`, [
    memberOf(ground, 'colleague'),
  ])
  await attempt(
    ground,
    changeRoles,
    { attack: 'take the owner’s role', about: 'owner', form: rolesOf('agent') },
    noRole,
  )
  const deny = exceptionOf('deny', lacking)
  await attempt(
    ground,
    addException,
    { attack: 'take a permission from the owner', about: 'owner', form: deny },
    noRole,
  )
  const admin = ground.roles['admin'] ?? []
  if (admin.includes('organization.members.roles')) {
    await attempt(
      ground,
      changeRoles,
      { attack: 'demote the owner as an admin', about: 'owner', form: rolesOf('agent') },
      'admin',
    )
    await attempt(
      ground,
      changeRoles,
      { attack: 'become an owner as an admin', about: 'admin', form: rolesOf('owner') },
      'admin',
    )
  }
  await mustWork(ground, changeRoles)
  await ground.refresh()
}

/**
 * The same by every other way: whoever may invite, remove and make keys, and has nothing else, invites somebody above,
 * removes the owner, makes a key that may more than they do, and takes back what was denied to them.
 */
export async function attackAround(ground: Ground): Promise<void> {
  const lacking = ground.permissions.filter(name => !waysAround.includes(name))
  await except(ground, { member: noRole, permissions: waysAround, effect: 'allow' })
  await except(ground, { member: noRole, permissions: lacking.slice(0, 1), effect: 'deny' })
  const scope = lacking.find(name => ground.people.access.permissions[name]?.keys === true)
  const [denial] = await ground.organization.query(
    `select id::text from upheld_access.override where member_id = $1 and effect = 'deny'`,
    [memberOf(ground, noRole)],
  )
  // With a second owner it is not the rule about the last one that keeps the first.
  await ground.organization.query(`update upheld_access.member set roles = '{owner}' where id = $1`, [
    memberOf(ground, 'agent'),
  ])
  const invited = (role: string): Try => ({
    attack: `invite somebody as ${role}, with less than that`,
    about: noRole,
    form: { email: freshText('probe-*@post.invalid'), [`role_${role}`]: 'on' },
  })
  const tries: readonly (readonly [ending: string, one: Try])[] = [
    ...above(ground, waysAround).map(role => ['/organization/invitations', invited(role)] as const),
    ['/members/:id/removal', { attack: 'remove the owner', about: 'owner', form: {} }],
    ['/members/:id/standing', { attack: 'suspend the owner', about: 'owner', form: { standing: 'suspended' } }],
    ['/members/:id/ownership', { attack: 'hand on what is the owner’s', about: noRole, form: {} }],
    [
      '/organization/exceptions/:id/withdraw',
      { attack: 'take back what was denied to oneself', id: String(denial?.['id']), about: noRole, form: {} },
    ],
    ...(scope === undefined ? [] : [['/organization/keys', keyFor(scope)] as const]),
  ]
  for (const [ending, one] of tries) await attempt(ground, routeAt(ground, ending), one, noRole)
  await ground.organization.query('delete from upheld_access.override where member_id = $1', [memberOf(ground, noRole)])
  await ground.organization.query(`update upheld_access.member set roles = '{agent}' where id = $1`, [
    memberOf(ground, 'agent'),
  ])
}

/** Roles with more than this. */
function above({ roles }: Ground, given: readonly string[]): readonly string[] {
  return Object.keys(roles).filter(role => roles[role]?.some(name => !given.includes(name)) === true)
}

const waysAround: readonly string[] = [
  ...tools,
  'organization.members.invite',
  'organization.members.remove',
  'organization.keys',
]

function keyFor(scope: string): Try {
  const form = { name: 'A program', days: '7', [`scope_${scope}`]: 'on' }
  return { attack: 'make a key that may more than oneself', about: noRole, form }
}

async function attempt(ground: Ground, route: DeclaredRoute, one: Try, as: string): Promise<void> {
  const { attack, about, form } = one
  const { report } = ground
  const where = `${route.method} ${route.path}`
  const held = await accessOf(ground)
  const { status } = await ground.request({ ...route, params: { id: one.id ?? memberOf(ground, about) }, form }, as)
  if (held === (await accessOf(ground))) report.observe(attack, where)
  else {
    report.refute({ attack, where, saw: `it was done, and answered with ${status}` })
    await ground.refresh()
    await except(ground, { member: noRole, permissions: tools, effect: 'allow' })
  }
}

/** Control: an owner changes the roles of a colleague, by the same form. */
async function mustWork(ground: Ground, route: DeclaredRoute): Promise<void> {
  const held = await accessOf(ground)
  const params = { id: memberOf(ground, 'agent') }
  const { status } = await ground.request({ ...route, params, form: rolesOf('admin') }, 'owner')
  if (held === (await accessOf(ground)))
    throw cannotProbe(`An owner who changes the roles of a colleague is answered with ${status}, and nothing changes.`)
}

function memberOf({ members }: Ground, name: string): string {
  return members.get(name) ?? ''
}

async function accessOf({ organization }: Ground): Promise<string> {
  const rows = await organization.query(
    `select id::text || roles::text || coalesce(suspended_at::text, '') as one from upheld_access.member
     union all select id::text || roles::text || coalesce(revoked_at::text, '') from upheld_access.invitation
     union all select id::text || scopes::text || coalesce(revoked_at::text, '') from upheld_access.api_key
     union all select member_id::text || permission || effect || expires_at::text from upheld_access.override order by 1`,
  )
  return JSON.stringify(rows)
}

function routeOf(ground: Ground, what: 'roles' | 'exceptions'): DeclaredRoute {
  return routeAt(ground, `/members/:id/${what}`)
}

function routeAt({ routes }: Ground, ending: string): DeclaredRoute {
  const found = routes.find(({ method, path }) => method === 'POST' && path.endsWith(ending))
  if (found === undefined) throw cannotProbe(`There is no form at ${ending}.`)
  return found
}
