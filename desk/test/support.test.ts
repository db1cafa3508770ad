import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Organization } from 'upheld'
import { logEverything } from 'upheld/testing'
import { staff } from '../seed/people.ts'
import { openStage, type Stage } from './stage.ts'
import { tokenIn } from './ways.ts'

suite('support in an account of the desk', () => {
  let stage: Stage
  let house: Organization
  let cookies: Record<'asking' | 'peer' | 'owner', string>
  before(async () => {
    stage = await openStage()
    house = stage.organization('two-herons')
    const [asking, peer] = await Promise.all(staff.map(({ email }) => sessionOf(email)))
    cookies = { asking: asking ?? '', peer: peer ?? '', owner: await stage.signIn(house, 'owner') }
  })
  after(() => stage.close())

  async function sessionOf(email: string): Promise<string> {
    const { rows } = await stage.platform.admin.query('select id from upheld_identity.person where email = $1', [email])
    return (await stage.session(String(rows[0]?.['id']), '')).replace('; organization=', '')
  }

  /** A form of the pages of support. */
  async function send(path: string, cookie: string, fields: Readonly<Record<string, string>> = {}): Promise<Response> {
    const token = tokenIn(await (await stage.page('/account', cookie)).text())
    const body = new URLSearchParams({ form_token: token, ...fields })
    const headers = { cookie, origin: stage.origin }
    return fetch(stage.origin + path, { method: 'POST', headers, body, redirect: 'manual' })
  }

  /** Asked for, agreed to by a colleague, approved by the owner, and chosen: the Cookie header of whoever goes in. */
  async function granted(
    writes: 'yes' | 'no',
    permissions: readonly string[],
  ): Promise<{ cookie: string; id: string }> {
    const ticked = Object.fromEntries(permissions.map(name => [`may_${name}`, 'yes']))
    const asked = await send('/staff/ask', cookies.asking, {
      organization: house.id,
      case: 'CASE-7',
      reason: 'The customer asked for help.',
      writes,
      minutes: '10',
      ...ticked,
    })
    assert.equal(asked.status, 303)
    const path = asked.headers.get('location') ?? ''
    const id = path.split('/').at(-1) ?? ''
    assert.equal((await send(`${path}/agree`, cookies.peer)).status, 303)
    assert.equal((await send(`/support/${id}/approve`, cookies.owner)).status, 303)
    const entered = await send(`${path}/enter`, cookies.asking)
    const chosen = entered.headers.getSetCookie()[0]?.split(';')[0]
    assert.ok(chosen)
    return { cookie: `${cookies.asking}; ${chosen}`, id }
  }

  const statuses = async (cookie: string, paths: readonly string[]): Promise<number[]> =>
    Promise.all(paths.map(async path => (await stage.page(path, cookie)).status))

  test('without a grant staff is led to where one is asked for', async () => {
    const answer = await stage.page('/', cookies.asking)
    assert.deepEqual([answer.status, answer.headers.get('location')], [303, '/staff'])
  })

  test('under a grant staff reads what it names and nothing else, writes nothing, and everybody sees that it is there', async () => {
    const { cookie, id } = await granted('no', ['conversation.read', 'contact.read'])
    const inbox = await stage.page('/', cookie)
    assert.equal(inbox.status, 200)
    const text = await inbox.text()
    assert.match(text, /You are in <bdi>Two Herons<\/bdi> as support/)
    const [row] = await house.sql<{ id: string }>`select id from desk.conversation limit 1`
    const path = `/conversations/${row?.id ?? ''}`
    const shown = await (await stage.page(path, cookie)).text()
    assert.doesNotMatch(shown, /name="body"|name="status"/, 'no form that would be refused')
    const closed = ['/merchants', '/integrations', '/activity', '/activity/bundle']
    assert.deepEqual(await statuses(cookie, closed), [403, 403, 403, 403])
    const token = tokenIn(shown)
    for (const [action, fields] of [
      [`${path}/reply`, { body: 'Hello' }],
      [path, { status: 'closed', assigned_member_id: '' }],
      ['/contacts', { name: 'A', email: 'a@post.example', phone: '', merchant_id: '' }],
    ] as const) {
      const answer = await send(action, cookie, { ...fields, form_token: token })
      assert.equal(answer.status, 403, action)
    }
    assert.match(await (await stage.page('/', cookies.owner)).text(), /Support staff may read your data until/)

    await logEverything(stage.platform)
    const activity = await (await stage.page('/activity?who=staff', cookies.owner)).text()
    assert.match(activity, /Staff/, 'every look stands in the activity of the account')

    assert.equal((await send(`/support/${id}/end`, cookies.owner)).status, 303)
    assert.equal((await stage.page('/', cookie)).status, 303, 'the next request is out')
    assert.equal((await house.sql`select id from desk.member where name = 'Support'`).length, 0, 'staff leaves no name')
  })

  test('a grant to change lets staff close a conversation, and neither speak for the account nor hand it to itself', async () => {
    const { cookie } = await granted('yes', ['conversation.read', 'conversation.write'])
    const [row] = await house.sql<{ id: string }>`select id from desk.conversation where status = 'open' limit 1`
    const path = `/conversations/${row?.id ?? ''}`
    const token = tokenIn(await (await stage.page(path, cookie)).text())
    const change = { form_token: token, status: 'closed', assigned_member_id: '' }
    assert.equal((await send(path, cookie, change)).status, 303)
    const [after] = await house.sql`select status from desk.conversation where id = ${row?.id ?? ''}`
    assert.deepEqual(after, { status: 'closed' })
    assert.equal((await send(`${path}/reply`, cookie, { form_token: token, body: 'Hello' })).status, 403)
  })

  test('a file that staff opens is an entry of its own, before its bytes go out; its link ends with the grant', async () => {
    const [row] = await house.sql<{ id: string }>`select id from desk.conversation limit 1`
    const path = `/conversations/${row?.id ?? ''}`
    const file = new File(['of the customer'], 'letter.txt', { type: 'text/plain' })
    assert.equal((await stage.upload(`${path}/attachments`, cookies.owner, file)).status, 303)
    const [made] = await house.sql<{ id: string }>`select id from desk.attachment where name = 'letter.txt'`
    const told = async (): Promise<readonly unknown[]> => {
      const { rows } = await stage.platform.admin.query(
        `select body -> 'targets' as targets, body -> 'actor' ->> 'type' as who, body -> 'detail' ->> 'act' as act from (
           select p.body, p.received_at from upheld_audit.pending p where p.organization_id = $1
         ) x where body ->> 'action' = 'support.object' order by received_at`,
        [house.id],
      )
      return rows
    }
    const linkFor = async (cookie: string): Promise<string> =>
      (await stage.page(`/attachments/${made?.id ?? ''}`, cookie)).headers.get('location') ?? ''
    const { cookie, id } = await granted('no', ['conversation.read'])
    const own = await linkFor(cookies.owner)
    assert.equal(await (await stage.page(own)).text(), 'of the customer')
    assert.deepEqual(await told(), [], 'members read their files as ever')
    const link = await linkFor(cookie)
    assert.match(link, /^\/objects\//)
    assert.deepEqual(await told(), [])
    const entry = { targets: [{ type: 'object', id: made?.id }], who: 'staff', act: 'read' }
    assert.equal(await (await stage.page(link)).text(), 'of the customer')
    assert.deepEqual(await told(), [entry])
    const part = await fetch(stage.origin + link, { headers: { range: 'bytes=0-1' } })
    assert.deepEqual([part.status, await part.text()], [206, 'of'])
    assert.equal((await fetch(stage.origin + link, { method: 'HEAD' })).status, 200)
    assert.deepEqual(await told(), [entry, entry, entry])
    const upload = new File(['of staff'], 'staff.txt', { type: 'text/plain' })
    assert.equal((await stage.upload(`${path}/attachments`, cookie, upload)).status, 403)

    assert.equal((await send(`/support/${id}/end`, cookies.owner)).status, 303)
    const after_ = await stage.page(link)
    assert.equal(after_.status, 403)
    assert.match(await after_.text(), /objects\.link_refused/)
    assert.deepEqual(await told(), [entry, entry, entry])
    assert.equal((await stage.page(own)).status, 200)
  })
})
