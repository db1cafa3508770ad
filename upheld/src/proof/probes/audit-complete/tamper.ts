import type { Database, Organization } from '../../../index.ts'
import type { LoginRole, Report } from '../../claims/index.ts'
import { attempt } from '../attacks/index.ts'
import { refusalOf } from './fakes.ts'
import { actorOf } from '../organization.ts'
import { doerFor, type Ground } from './ground.ts'
import { tokenOf } from './turns.ts'

type Attack = readonly [attack: string, where: string, text: string]

const nothing = '00000000-0000-0000-0000-000000000000'

/** What nobody may do to a log that is there, whoever it belongs to. `$1` is the organization. */
const onLogs: readonly Attack[] = [
  ['edit', 'leaf', `update upheld_audit.leaf set bytes = '{}' where organization_id = $1`],
  ['hide', 'leaf', `update upheld_audit.leaf set action = 'x.y', actor_id = 'owner' where organization_id = $1`],
  ['back-date', 'leaf', `update upheld_audit.leaf set received_at = '2001-01-01' where organization_id = $1`],
  ['reorder', 'leaf', 'update upheld_audit.leaf set index = index + 1000000 where organization_id = $1'],
  ['drop', 'leaf', 'delete from upheld_audit.leaf where organization_id = $1'],
  ['truncate', 'leaf', 'truncate upheld_audit.leaf'],
  ['hide', 'mention', 'delete from upheld_audit.mention where organization_id = $1'],
  ['truncate', 'mention', 'truncate upheld_audit.mention'],
  [
    'edit',
    'tile',
    `update upheld_audit.tile set root = sha256('') where log in (select id from upheld_audit.log where organization_id = $1)`,
  ],
  [
    'drop',
    'tile',
    'delete from upheld_audit.tile where log in (select id from upheld_audit.log where organization_id = $1)',
  ],
  ['truncate', 'tile', 'truncate upheld_audit.tile'],
  ['cut', 'log', 'update upheld_audit.log set size = 0 where organization_id = $1'],
  ['fork', 'log', `update upheld_audit.log set checkpoint = 'x' where organization_id = $1`],
  ['rename', 'log', `update upheld_audit.log set origin = 'a/b' where organization_id = $1`],
  ['give away', 'log', `update upheld_audit.log set organization_id = '${nothing}' where organization_id = $1`],
  ['prune', 'log', 'update upheld_audit.log set minimum_index = 256 where organization_id = $1'],
  ['back-date', 'log', `update upheld_audit.log set received_at = '2001-01-01' where organization_id = $1`],
  ['drop', 'log', 'delete from upheld_audit.log where organization_id = $1'],
  ['truncate', 'log', 'truncate upheld_audit.log cascade'],
  ['change', 'log_key', `update upheld_audit.log_key set verifier_key = 'x'`],
  ['drop', 'log_key', 'delete from upheld_audit.log_key'],
  ['edit', 'pending', `update upheld_audit.pending set body = '{}' where organization_id = $1`],
  ['back-date', 'pending', `update upheld_audit.pending set received_at = '2001-01-01' where organization_id = $1`],
  ['truncate', 'pending', 'truncate upheld_audit.pending'],
  ['edit', 'disclosure', `update upheld_audit.disclosure set value = 'x' where organization_id = $1`],
  ['drop', 'disclosure', 'delete from upheld_audit.disclosure where organization_id = $1'],
  ['truncate', 'disclosure', 'truncate upheld_audit.disclosure'],
]

/** What is the recorder's work, and nobody else's. */
const onWriting: readonly Attack[] = [
  [
    'insert',
    'leaf',
    `insert into upheld_audit.leaf (log, index, organization_id, id, received_at, action, actor_type, actor_id, bytes)
     values (1, 900000000, $1, gen_random_uuid(), now(), 'a.b', 'member', 'owner', '{}')`,
  ],
  [
    'insert',
    'mention',
    `insert into upheld_audit.mention (organization_id, target, log, index) values ($1, 'a:b', 1, 900000000)`,
  ],
  [
    'insert',
    'tile',
    `insert into upheld_audit.tile (log, level, index, hashes, root) select 1, 6, 900000, convert_to(repeat('x', 8192), 'UTF8'), sha256($1::text::bytea)`,
  ],
  [
    'insert',
    'log',
    `insert into upheld_audit.log (organization_id, origin, verifier_key, checkpoint, closed_at) values ($1, 'a/' || gen_random_uuid(), 'x', 'x', now())`,
  ],
  [
    'insert',
    'pending',
    `insert into upheld_audit.pending (id, organization_id, body) values (gen_random_uuid(), $1, '{"action":"a.b","actor":{"id":"owner","type":"member"}}')`,
  ],
  ['delete', 'pending', 'delete from upheld_audit.pending where organization_id = $1'],
  [
    'insert',
    'disclosure',
    `insert into upheld_audit.disclosure (organization_id, entry, name, salt, value) values ($1, gen_random_uuid(), 'ip', sha256(''), 'x')`,
  ],
  ['insert', 'retention', `insert into upheld_audit.retention (organization_id, keep_days) values ($1, 1)`],
]

/** The logins by hand, each beyond its duty. */
export async function tamperByHand(
  ground: Ground,
  hand: Organization,
  roles: readonly LoginRole[],
  report: Report,
): Promise<void> {
  const token = await tokenOf(hand, doerFor(ground.thief, 'a theft'))
  for (const role of roles) {
    const login = role === 'app' ? ground.login : ground.world.login(role)
    try {
      const attacks = role === 'record' ? onLogs : [...onLogs, ...onWriting]
      for (const [attack, table, text] of attacks) {
        const where = `${table}, as ${role}`
        const steps = [[text, text.includes('$1') ? [ground.thief.id] : []]] as const
        await judge(login, steps, { attack, where, refusals: role === 'record' ? recorderRefusals : ['42501'] }, report)
        // With the organization's own context the row policies would let its rows be met.
        if (role === 'app') {
          const own = [['select upheld.enter($1)', [token]], ...steps] as const
          await judge(login, own, { attack, where: `${table}, in the own context`, refusals: ['42501'] }, report)
        }
      }
      await wake(login, role, report)
    } finally {
      if (login !== ground.login) await login.close()
    }
  }
}

/** The recorder holds rights on these tables: then what stands in the way is the table itself. */
const recorderRefusals = ['42501', '23001', 'P0001']

async function judge(
  login: Database,
  steps: Parameters<typeof refusalOf>[1],
  {
    attack,
    where,
    refusals,
  }: { readonly attack: string; readonly where: string; readonly refusals: readonly string[] },
  report: Report,
): Promise<void> {
  const code = await refusalOf(login, steps)
  if (code !== undefined && refusals.includes(code)) report.observe(attack, where)
  else report.refute({ attack, where, saw: code === undefined ? 'it went through' : `nothing but ${code}` })
}

/** As a replica of itself a database fires no trigger of its own accord. */
async function wake(login: Database, role: LoginRole, report: Report): Promise<void> {
  for (const text of [
    `set local session_replication_role = 'replica'`,
    `set local session_replication_role = 'local'`,
    `alter role upheld_${role} set session_replication_role = 'replica'`,
  ]) {
    await judge(login, [[text]], { attack: 'put triggers to sleep', where: `as ${role}`, refusals: ['42501'] }, report)
  }
}

const readings: Readonly<Record<string, string>> = {
  log: 'organization_id = $1',
  leaf: 'organization_id = $1',
  mention: 'organization_id = $1',
  disclosure: 'organization_id = $1',
  pending: 'organization_id = $1',
  tile: 'log in (select log from upheld_audit.leaf where organization_id = $1)',
}

/** Nobody else reads what stands in the log of an organization, which itself does. */
export async function readOthers(ground: Ground, report: Report): Promise<void> {
  await readAsOther(ground, report)
  const { thief, world, login } = ground
  for (const role of ['app', 'page', 'proof', 'migrate'] as const) {
    const by = role === 'app' ? login : world.login(role)
    try {
      for (const [table, whose] of Object.entries(readings)) {
        const rows = await by.query(oneOf(table, whose), [thief.id]).then(
          answer => answer.rows,
          () => [],
        )
        judgeRead(rows, `${table}, as ${role}`, report)
      }
    } finally {
      if (by !== login) await by.close()
    }
  }
}

const oneOf = (table: string, whose: string): string =>
  `select 1 as one from upheld_audit.${table} where ${whose} limit 1`

function judgeRead(rows: readonly unknown[], where: string, report: Report): void {
  if (rows.length > 0) report.refute({ attack: 'read the log', where, saw: 'rows came out' })
  else report.observe('read the log', where)
}

async function readAsOther({ thief, victim }: Ground, report: Report): Promise<void> {
  for (const [table, whose] of Object.entries(readings)) {
    const text = oneOf(table, whose)
    const asked = [
      ['as another organization', await attempt(actorOf(victim), text, [thief.id])],
      ['every row that is not its own', await attempt(actorOf(victim), text.replace('= $1', '<> $1'), [victim.id])],
    ] as const
    for (const [how, outcome] of asked) {
      judgeRead('rows' in outcome ? outcome.rows : [], `${table}, ${how}`, report)
    }
  }
}
