import type { Database, Organization } from '../../../index.ts'
import type { Report } from '../../claims/index.ts'
import { answerOf } from '../attacks/index.ts'
import { doerFor, type Ground, type Kept } from './ground.ts'
import { tokenOf, touch } from './turns.ts'

class Undo extends Error {}

type Step = readonly [text: string, values?: readonly unknown[]]

/** How statements in one transaction ended, which is undone: a code, or undefined when all went through. */
export async function refusalOf(login: Database, steps: readonly Step[]): Promise<string | undefined> {
  try {
    await login.transaction(async tx => {
      await tx.query("set local lock_timeout = '5s'")
      for (const [text, values] of steps) await tx.query(text, values)
      throw new Undo()
    })
  } catch (error) {
    return error instanceof Undo ? undefined : answerOf(error)
  }
  return undefined
}

/** Notes that were not signed with the context that they stand behind. */
async function notesFor({ thief }: Ground, hand: Organization): Promise<Readonly<Record<string, string>>> {
  const [one, other] = [doerFor(thief, 'itself'), doerFor(thief, 'somebody else')]
  const [token, second] = [await tokenOf(hand, one), await tokenOf(hand, other)]
  const at = token.indexOf('{')
  const [context, note] = [token.slice(0, at), token.slice(at)]
  return {
    'name another actor': context + note.replace(one.who.actor.id, 'owner'),
    'name another kind of actor': context + note.replace('"probe"', '"member"'),
    'name another purpose': context + note.replace(one.who.purpose, 'support'),
    'name another request': context + note.replace(one.who.request, 'request-0'),
    'drop the note': context,
    'take the note of another context': context + second.slice(second.indexOf('{')),
    'empty the note': `${context}{}`,
    'name nobody': context + note.replace(/"actor":\{[^}]*\},/, ''),
    'write behind the note': `${token} `,
  }
}

/** Whoever changes rows under another name than the one that was signed changes nothing. */
export async function fakeActors(ground: Ground, hand: Organization, table: Kept, report: Report): Promise<void> {
  const { login, thief } = ground
  const enter = 'select upheld.enter($1)'
  const event = ['select upheld.record($1::json)', [JSON.stringify({ action: 'proof.fake' })]] as const
  const judge = async (attack: string, where: string, steps: readonly Step[]): Promise<void> => {
    const code = await refusalOf(login, steps)
    if (code === '42501' || code === '22023') report.observe(attack, where)
    else report.refute({ attack, where, saw: code === undefined ? 'it went through' : `nothing but ${code}` })
  }
  for (const [attack, token] of Object.entries(await notesFor(ground, hand))) {
    await judge(attack, table.label, [[enter, [token]], [touch(table)]])
    await judge(attack, 'upheld.record', [[enter, [token]], event])
  }
  const token = await tokenOf(hand, doerFor(thief, 'itself'))
  const set = "select set_config('upheld.note', $1, true)"
  const note = JSON.stringify({ actor: { id: 'owner', type: 'member' }, purpose: 'support' })
  await judge('set the note afterwards', table.label, [[enter, [token]], [set, [note]], [touch(table)]])
  await judge('change without a context', table.label, [[touch(table)]])
  await judge('record without a context', 'upheld.record', [event])
}

const reserved = ['row.insert', 'row.update', 'row.delete', 'audit.prune', 'audit.erase', 'log.closed', 'anchor.heads']
const foreign: Readonly<Record<string, unknown>> = {
  actor: { type: 'member', id: 'owner' },
  purpose: 'support',
  request: 'request-0',
  received_at: '2001-01-01T00:00:00.000Z',
  id: '0190b0a0-0000-7000-8000-000000000000',
  organization_id: '0190b0a0-0000-7000-8000-000000000000',
  type: 'upheld/anchor@v1',
  com: { ip: 'AAAA' },
  rows: ['1'],
  object: 'a.b',
}

/** An application's event says what it may say, and not what Upheld alone knows. */
export async function fakeEvents({ thief, victim, login }: Ground, hand: Organization, report: Report): Promise<void> {
  const doer = doerFor(thief, 'a false event')
  const token = await tokenOf(hand, doer)
  const judge = async (attack: string, where: string, event: unknown): Promise<void> => {
    const code = await refusalOf(login, [
      ['select upheld.enter($1)', [token]],
      ['select upheld.record($1::json)', [JSON.stringify(event)]],
    ])
    if (code === '22023') report.observe(attack, where)
    else report.refute({ attack, where, saw: code === undefined ? 'it was recorded' : `nothing but ${code}` })
  }
  for (const action of reserved) await judge('record what Upheld records', action, { action })
  for (const [name, value] of Object.entries(foreign)) {
    await judge('say more than an event may', name, { action: 'proof.fake', [name]: value })
  }
  const writes: readonly (readonly [where: string, text: string, values?: readonly unknown[]])[] = [
    [
      'upheld_audit.add_rows',
      `select upheld_audit.add_rows('row.delete', 'a.b', 'plain', '{"actor":{"type":"member","id":"owner"},"purpose":"x"}', $1::uuid, 1, array['1'], null)`,
      [victim.id],
    ],
    ['upheld_audit.mend', 'select upheld_audit.mend(true)'],
    ['upheld_audit.who', 'select upheld_audit.who()'],
    ['upheld_audit.commitment', `select upheld_audit.commitment('ip', '\\x00', 'x')`],
    ['session_replication_role', `select set_config('session_replication_role', 'replica', true)`],
    ['session_replication_role', `set local session_replication_role = 'replica'`],
    ['row_security', `set local role upheld_guard`],
  ]
  for (const [where, text, values] of writes) {
    const code = await refusalOf(login, [
      ['select upheld.enter($1)', [token]],
      [text, values ?? []],
    ])
    if (code === '42501') report.observe('reach behind the recording', where)
    else report.refute({ attack: 'reach behind the recording', where, saw: code ?? 'it went through' })
  }
}
