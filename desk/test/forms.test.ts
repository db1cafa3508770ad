import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Organization } from 'upheld'
import { openStage, type Stage } from './stage.ts'
import { tokenIn } from './ways.ts'

suite('a form of another site changes nothing', () => {
  let stage: Stage
  let house: Organization
  let cookie: string
  let token: string
  before(async () => {
    stage = await openStage()
    house = stage.organization('lumen-yard')
    cookie = await stage.signIn(house, 'owner')
    token = tokenIn(await (await stage.page('/', cookie)).text())
  })
  after(() => stage.close())

  const added = async () => (await house.sql`select id from desk.contact where name = 'Forged'`).length

  async function send(
    headers: Readonly<Record<string, string>>,
    fields: Readonly<Record<string, string>>,
  ): Promise<number> {
    const body = new URLSearchParams({
      name: 'Forged',
      email: 'forged@post.example',
      phone: '',
      merchant_id: '',
      ...fields,
    })
    const answer = await fetch(`${stage.origin}/contacts`, {
      method: 'POST',
      headers: { cookie, ...headers },
      body,
      redirect: 'manual',
    })
    await answer.body?.cancel()
    return answer.status
  }

  test('without the token, with a wrong one, with another session’s', async () => {
    const other = tokenIn(await (await stage.page('/', await stage.signIn(house, 'owner'))).text())
    const { origin } = stage
    assert.equal(await send({ origin }, {}), 403)
    for (const wrong of ['', 'x', token.slice(1), token.toLowerCase(), other]) {
      assert.equal(await send({ origin }, { form_token: wrong }), 403)
    }
    assert.equal(await added(), 0)
  })

  test('with the right token, from another origin or from none', async () => {
    const port = new URL(stage.origin).port
    const foreign = [
      'https://elsewhere.example',
      'null',
      `http://127.0.0.1:${port}`,
      `https://localhost:${port}`,
      'http://localhost',
    ]
    for (const origin of foreign) assert.equal(await send({ origin }, { form_token: token }), 403, origin)
    assert.equal(await send({}, { form_token: token }), 403)
    assert.equal(await added(), 0)
  })

  test('the API cannot be used with a cookie', async () => {
    const answer = await fetch(`${stage.origin}/api/v1/contacts`, { headers: { cookie } })
    assert.equal(answer.status, 401)
  })

  test('a form that is no form, that repeats a field, or that says too much is refused', async () => {
    const headers = { cookie, origin: stage.origin }
    const post = async (body: string | URLSearchParams, type?: string) => {
      const answer = await fetch(`${stage.origin}/contacts`, {
        method: 'POST',
        headers: type === undefined ? headers : { ...headers, 'content-type': type },
        body,
        redirect: 'manual',
      })
      await answer.body?.cancel()
      return answer.status
    }
    const whole = `form_token=${token}&name=Forged&email=forged@post.example&phone=&merchant_id=`
    const formType = 'application/x-www-form-urlencoded'
    assert.equal(await post('{}', 'application/json'), 415)
    assert.equal(await post(whole, 'text/plain'), 415)
    assert.equal(await post(`${whole}&name=Twice`, formType), 400)
    assert.equal(await post(`${whole}&role=owner`, formType), 400)
    assert.equal(await post(`${whole}&form_token=${token}`, formType), 403)
    assert.equal(await post(`${whole}${'x'.repeat(70_000)}`, formType), 413)
    assert.equal(await added(), 0)
  })

  test('the page’s own form works', async () => {
    assert.equal(await send({ origin: stage.origin }, { form_token: token }), 303)
    assert.equal(await added(), 1)
  })
})
