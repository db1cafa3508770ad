import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Organization } from 'upheld'
import { sweep } from '../src/attachments/sweep.ts'
import { openStage, type Stage } from './stage.ts'
import { tokenIn } from './ways.ts'

suite('files of a conversation', () => {
  let stage: Stage
  let house: Organization
  let cookie: string
  let path: string
  before(async () => {
    stage = await openStage()
    house = stage.organization('harrowgate')
    cookie = await stage.signIn(house, 'agent')
    const [conversation] = await house.sql<{ id: string }>`select id from desk.conversation limit 1`
    path = `/conversations/${conversation?.id ?? ''}`
  })
  after(() => stage.close())

  const rows = async () =>
    house.sql<{ id: string; name: string; content_type: string; bytes: string }>`
      select id, name, content_type, bytes::text from desk.attachment order by created_at, id`

  async function linkOf(id: string): Promise<string> {
    const answer = await stage.page(`/attachments/${id}`, cookie)
    assert.equal(answer.status, 303)
    return answer.headers.get('location') ?? ''
  }

  /** Sends a body as it stands, with the session's own token and origin. */
  async function send(type: string, body: string | Buffer): Promise<number> {
    const headers = { cookie, origin: stage.origin, 'content-type': type }
    const answer = await fetch(`${stage.origin}${path}/attachments`, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : new Uint8Array(body),
      redirect: 'manual',
    })
    await answer.body?.cancel()
    return answer.status
  }

  test('a file is attached, shown, and downloaded as it was, by whoever holds the link, for a while', async () => {
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7) & 0xff))
    const sent = await stage.upload(
      `${path}/attachments`,
      cookie,
      new File([bytes], 'Größe "5".png', { type: 'image/png' }),
    )
    assert.deepEqual([sent.status, sent.headers.get('location')], [303, path])
    const [row] = await rows()
    assert.deepEqual([row?.name, row?.content_type, row?.bytes], ['Größe "5".png', 'image/png', '200000'])
    assert.match(await (await stage.page(path, cookie)).text(), /Größe &quot;5&quot;\.png/)
    const link = await linkOf(row?.id ?? '')
    assert.match(link, /^\/objects\/[\w-]+$/)
    const answer = await stage.page(link)
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes)
    assert.equal(answer.headers.get('content-type'), 'image/png')
    assert.match(
      answer.headers.get('content-disposition') ?? '',
      /^attachment; .*filename\*=UTF-8''Gr%C3%B6%C3%9Fe%20_5_\.png$/,
    )
    const part = await fetch(stage.origin + link, { headers: { range: 'bytes=100-199' } })
    assert.deepEqual([part.status, Buffer.from(await part.arrayBuffer())], [206, bytes.subarray(100, 200)])
  })

  test('a page that is sent as a file is a download without a type, in a sandbox', async () => {
    await stage.upload(`${path}/attachments`, cookie, new File(['<script>x</script>'], 'a.html', { type: 'text/html' }))
    const answer = await stage.page(await linkOf((await rows()).at(-1)?.id ?? ''))
    assert.equal(await answer.text(), '<script>x</script>')
    assert.equal(answer.headers.get('content-type'), 'application/octet-stream')
    assert.match(answer.headers.get('content-disposition') ?? '', /^attachment;/)
    assert.match(answer.headers.get('content-security-policy') ?? '', /sandbox/)
  })

  test('a link of one file with a character changed, or for no file, opens nothing', async () => {
    const link = await linkOf((await rows())[0]?.id ?? '')
    const turned = link.replace(/.$/, last => (last === 'A' ? 'B' : 'A'))
    for (const other of [turned, '/objects/', '/objects/x', `${link}x`]) {
      const answer = await stage.page(other, cookie)
      assert.equal(answer.status, 403, other)
      assert.match(await answer.text(), /objects\.link_refused/)
    }
  })

  test('10 MiB are taken, one byte more is not, and nothing of it is kept', async () => {
    const before = (await rows()).length
    const most = Buffer.alloc(10 * 1024 * 1024, 7)
    const sent = await stage.upload(`${path}/attachments`, cookie, new File([most], 'most.bin'))
    assert.equal(sent.status, 303)
    const over = await stage.upload(`${path}/attachments`, cookie, new File([most, 'x'], 'over.bin'))
    assert.equal(over.status, 413)
    assert.equal((await rows()).length, before + 1)
    let objects = 0
    for await (const { name } of stage.platform.upheld.objects.of(house.id).list('attachments/'))
      objects += name === '' ? 0 : 1
    assert.equal(objects, before + 1)
  })

  test('a row that was deleted, and an upload that was killed before its row, leave no object behind; others stay', async () => {
    const objects = stage.platform.upheld.objects.of(house.id)
    const names = async (): Promise<string[]> => (await Array.fromAsync(objects.list())).map(({ name }) => name).sort()
    const [first, ...others] = await rows()
    assert.ok(first !== undefined && others.length > 0)
    await objects.put('attachments/6b1ffb02-6a0d-4c0a-8f6d-d4b2f7c7b001', Buffer.from('x'), {
      contentType: 'text/plain',
    })
    await objects.put('elsewhere', Buffer.from('x'), { contentType: 'text/plain' })
    await house.sql`delete from desk.attachment where id = ${first.id}`
    assert.equal(await sweep(house, objects, new Date(Date.now() - 3_600_000)), 0, 'an upload may still be under way')
    assert.equal(await sweep(house, objects, new Date(Date.now() + 1_000)), 2)
    assert.deepEqual(await names(), [...others.map(({ id }) => `attachments/${id}`), 'elsewhere'].sort())
    await objects.remove('elsewhere')
  })

  test('every answer to a link has the headers that pages have, refusals too', async () => {
    const link = await linkOf((await rows())[0]?.id ?? '')
    for (const path of [link, '/objects/x']) {
      const { headers } = await stage.page(path)
      for (const name of ['permissions-policy', 'cross-origin-opener-policy', 'cross-origin-resource-policy'])
        assert.equal(headers.get(name), (await stage.page('/sign-in')).headers.get(name), `${path} ${name}`)
      assert.equal(headers.get('referrer-policy'), 'no-referrer')
      assert.equal(headers.get('x-frame-options'), 'DENY')
    }
  })

  test('a form of another site, or without its token, or with a field too many, attaches nothing', async () => {
    const before = (await rows()).length
    const file = new File(['x'], 'x.txt')
    assert.equal((await stage.upload(`${path}/attachments`, cookie, file, { form_token: 'wrong' })).status, 403)
    assert.equal((await stage.upload(`${path}/attachments`, cookie, file, { organization_id: house.id })).status, 400)
    const body = new FormData()
    body.set('form_token', tokenIn(await (await stage.page('/', cookie)).text()))
    body.set('file', file)
    for (const origin of ['https://elsewhere.example', 'null']) {
      const answer = await fetch(`${stage.origin}${path}/attachments`, {
        method: 'POST',
        headers: { cookie, origin },
        body,
      })
      assert.equal(answer.status, 403)
      await answer.body?.cancel()
    }
    assert.equal((await rows()).length, before)
  })

  test('a form that is cut, goes on after its file, hides its boundary, or never ends its header is refused and leaves nothing', async () => {
    const before = (await rows()).length
    const token = tokenIn(await (await stage.page('/', cookie)).text())
    const type = 'multipart/form-data; boundary=b'
    const field = `--b\r\nContent-Disposition: form-data; name="form_token"\r\n\r\n${token}\r\n`
    const file =
      '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n'
    const bad: readonly (readonly [string, string, string, number])[] = [
      ['cut in the file', type, `${field}${file}some of it`, 415],
      ['cut in the boundary', type, `${field}${file}all of it\r\n--b`, 415],
      ['a field after it', type, `${field}${file}x\r\n${field}--b--\r\n`, 415],
      ['a second file', type, `${field}${file}x\r\n${file}y\r\n--b--\r\n`, 415],
      ['another boundary', 'multipart/form-data; boundary=c', `${field}${file}x\r\n--b--\r\n`, 415],
      ['no boundary', 'multipart/form-data', `${field}${file}x\r\n--b--\r\n`, 415],
      ['a boundary without end', `multipart/form-data; boundary=${'b'.repeat(71)}`, 'x', 415],
      ['no form', 'text/plain', 'x', 415],
      ['a plain form', 'application/x-www-form-urlencoded', `form_token=${token}`, 415],
      ['a header without end', type, `${field}--b\r\nContent-Disposition: ${'x'.repeat(5000)}`, 415],
      [
        'a field without end',
        type,
        `--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n${'x'.repeat(20_000)}`,
        415,
      ],
      ['no name', type, `${field}--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n`, 415],
      ['no file', type, `${field}--b--\r\n`, 400],
      ['nothing chosen', type, `${field}${file.replace('a.txt', '')}\r\n--b--\r\n`, 400],
      ['the token after the file', type, `${file}x\r\n${field}--b--\r\n`, 403],
      ['nothing', type, '', 415],
    ]
    for (const [says, contentType, body, status] of bad) assert.equal(await send(contentType, body), status, says)
    assert.equal((await rows()).length, before)
    const tricky = `${field}${file}\r\n--\r\n--c\r\n--bb is no boundary?`
    assert.equal(await send(type, `${tricky.replace('--bb', '-- b')}\r\n--b--\r\n`), 303)
    assert.equal(
      await (await stage.page(await linkOf((await rows()).at(-1)?.id ?? ''))).text(),
      '\r\n--\r\n--c\r\n-- b is no boundary?',
    )
  })

  test('a name with a folder, a line break or a null byte is only a name', async () => {
    const token = tokenIn(await (await stage.page('/', cookie)).text())
    const named = async (name: string): Promise<string | undefined> => {
      const body = `--b\r\nContent-Disposition: form-data; name="form_token"\r\n\r\n${token}\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\nx\r\n--b--\r\n`
      assert.equal(await send('multipart/form-data; boundary=b', Buffer.from(body)), 303)
      return (await rows()).at(-1)?.name
    }
    assert.equal(await named('../../etc/passwd'), 'passwd')
    assert.equal(await named('C:\\fakepath\\x.txt'), 'x.txt')
    assert.equal(await named('a%0D%0ASet-Cookie: x=1.txt'), 'a  Set-Cookie: x=1.txt')
    assert.equal(await named('a\0b.txt'), 'a b.txt')
    assert.equal((await named('n'.repeat(300)))?.length, 255)
  })
})
