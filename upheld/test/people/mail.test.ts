import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { systemClock } from '../../src/core/clock.ts'
import { openMailFolder, openSmtp, type SmtpOptions } from '../../src/adapters/mail/index.ts'
import type { OutgoingMail } from '../../src/guards/identity/index.ts'
import { certify, testAuthority } from '../outside/certificate.ts'

const from = { name: 'Desk "of" Zoë', address: 'desk@example.com' }
const mail: OutgoingMail = {
  id: 'a-1',
  to: 'ann@example.org',
  subject: 'A subject, Zoë',
  text: 'Hello,\n\nhttps://desk.example/?link=abc\n',
}

interface Received {
  readonly from: string
  readonly to: readonly string[]
  readonly data: string
  readonly secure: boolean
}

suite('mail by SMTP, to a server of somebody else', () => {
  const open: { close(): unknown }[] = []
  after(async () => {
    for (const one of open) await one.close()
  })

  async function server(options: SMTPServerOptions = {}): Promise<{ port: number; received: Received[] }> {
    const received: Received[] = []
    const made = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      ...options,
      onData(stream, session, done) {
        let data = ''
        stream.setEncoding('utf8')
        stream.on('data', (part: string) => (data += part))
        stream.on('end', () => {
          const { mailFrom, rcptTo } = session.envelope
          received.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            data,
            secure: session.secure,
          })
          done()
        })
      },
    })
    made.on('error', () => undefined)
    await new Promise<void>(resolve => made.listen(0, '127.0.0.1', resolve))
    open.push({ close: () => new Promise<void>(resolve => made.close(resolve)) })
    return { port: portOf(made.server), received }
  }
  function mailer(options: Partial<SmtpOptions> & { port: number }) {
    const made = openSmtp({ host: '127.0.0.1', tls: 'none', from, stepMsMax: 2_000, ...options }, systemClock)
    open.push(made)
    return made
  }

  test('one mail arrives at one address, as plain text, marked as automatic', async () => {
    const { port, received } = await server()
    await mailer({ port }).send(mail)
    const [one] = received
    assert.deepEqual([one?.from, one?.to], ['desk@example.com', ['ann@example.org']])
    assert.match(one?.data ?? '', /^Auto-Submitted: auto-generated/im)
    assert.match(one?.data ?? '', /^Message-ID: <a-1@example.com>/im)
    assert.match(one?.data ?? '', /^Content-Type: text\/plain/im)
    assert.match(one?.data ?? '', /https:\/\/desk\.example\/\?link=/)
  })

  test('headers and recipients that are slipped in are refused before anything is sent', async () => {
    const { port, received } = await server()
    const made = mailer({ port })
    const bad: readonly Partial<OutgoingMail>[] = [
      { to: 'ann@example.org, bob@example.org' },
      { to: 'ann@example.org\r\nBcc: bob@example.org' },
      { to: 'Ann <ann@example.org>' },
      { to: '"ann@evil.example x"@example.org' },
      { to: 'ann@example.org;bob@example.org' },
      { to: '' },
      { subject: 'x\r\nBcc: bob@example.org' },
      { subject: 'x\nBcc: bob@example.org' },
      { subject: 'x\u2028Bcc: bob@example.org' },
      { text: 'x\r\n.\r\nMAIL FROM:<x@example.org>' },
      { text: 'x\0' },
      { id: 'a>\r\nBcc: bob@example.org' },
    ]
    for (const one of bad)
      await assert.rejects(made.send({ ...mail, ...one }), { code: 'mail.bad_mail' }, JSON.stringify(one))
    await made.send({ ...mail, text: 'a\n.\nb\n..\n' })
    assert.equal(received.length, 1)
    assert.match(received[0]?.data ?? '', /a\r\n\.\r\nb\r\n\.\.\r\n/)
  })

  test('TLS with a certificate that is trusted and fits; every other server gets neither mail nor password', async () => {
    const authority = testAuthority()
    const own = certify({ names: ['localhost'] }, authority)
    let logins = 0
    const secured: SMTPServerOptions = {
      key: own.key,
      cert: own.cert,
      authOptional: false,
      onAuth({ username, password }, _session, done) {
        logins++
        done(null, { user: username ?? password })
      },
    }
    const login = { user: 'desk', password: 'of the mail server' }
    const [implicit, starttls] = [
      await server({ ...secured, secure: true }),
      await server({ ...secured, secure: false, disabledCommands: [] }),
    ]
    const trusted = { host: 'localhost', ca: authority.cert, login }
    await mailer({ port: implicit.port, tls: 'implicit', ...trusted }).send(mail)
    await mailer({ port: starttls.port, tls: 'starttls', ...trusted }).send(mail)
    assert.deepEqual([implicit.received[0]?.secure, starttls.received[0]?.secure, logins], [true, true, 2])
    // Not trusted, another name, and an answer from which somebody took STARTTLS away.
    const stripped = await server({ ...secured, secure: false, disabledCommands: ['STARTTLS'] })
    const refused = { code: 'mail.unreachable', status: 503 }
    await assert.rejects(mailer({ port: implicit.port, tls: 'implicit', host: 'localhost', login }).send(mail), refused)
    await assert.rejects(
      mailer({ port: implicit.port, tls: 'implicit', ...trusted, host: '127.0.0.1' }).send(mail),
      refused,
    )
    await assert.rejects(mailer({ port: stripped.port, tls: 'starttls', ...trusted }).send(mail), refused)
    assert.deepEqual([implicit.received.length, stripped.received.length, logins], [1, 0, 2])
  })

  test('what is refused for good is told apart from what can be tried again, and no word of the server goes on', async () => {
    const saying = (responseCode: number): SMTPServerOptions => ({
      onRcptTo({ address }, _session, done) {
        done(Object.assign(new Error(`no ${address} here`), { responseCode }))
      },
    })
    for (const [code, expected] of [
      [550, 'mail.refused'],
      [450, 'mail.unreachable'],
    ] as const) {
      const { port } = await server(saying(code))
      await assert.rejects(mailer({ port }).send(mail), (thrown: unknown) => {
        assert.ok(thrown instanceof Error && 'code' in thrown)
        assert.equal(thrown.code, expected)
        assert.ok(!`${thrown.message} ${String(thrown.cause)} ${String(thrown.stack)}`.includes('ann@example.org'))
        return true
      })
    }
  })

  test('a server that is down, silent, or says junk is given up on, within the time that is set', async () => {
    const [silent, junk] = [
      await listening(() => undefined),
      await listening(socket => socket.end('GET / HTTP/1.1\r\n\r\n')),
    ]
    open.push(silent.server, junk.server)
    const gone = await listening(() => undefined)
    await new Promise(resolve => gone.server.close(resolve))
    for (const { port } of [silent, junk, gone])
      await assert.rejects(mailer({ port, stepMsMax: 300 }).send(mail), { code: 'mail.unreachable' })
    for (const socket of silent.sockets) socket.destroy()
  })

  test('R27: settings that are not sound send nothing: plain text to elsewhere, a misspelt word, a sender that is none', () => {
    const good: SmtpOptions = { host: 'mail.example.com', port: 587, tls: 'starttls', from }
    const bad: readonly object[] = [
      { ...good, tls: 'none' },
      { ...good, tls: 'maybe' },
      { ...good, requireTls: false },
      { ...good, from: { name: 'x\r\ny', address: 'desk@example.com' } },
      { ...good, from: { name: 'x', address: 'desk' } },
      { ...good, port: 0 },
      { ...good, host: 'mail.example.com\r\n' },
      {},
    ]
    for (const one of bad)
      assert.throws(
        () => openSmtp({ ...good, ...{ host: '' }, ...one }, systemClock),
        { code: 'mail.bad_options' },
        JSON.stringify(one),
      )
  })
})

suite('mail into a folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'upheld-mail-folder-'))
  after(() => rm(folder, { recursive: true }))

  test('each mail is a file that its owner alone may read, and none is written over another', async () => {
    const path = join(folder, 'made')
    const clock = { ...systemClock, now: () => new Date('2026-05-01T10:00:00Z') }
    const made = openMailFolder({ path, from }, clock)
    await made.send(mail)
    await assert.rejects(made.send(mail), { code: 'mail.unreachable' })
    const names = await readdir(path)
    assert.deepEqual(names, ['2026-05-01T10-00-00.000Z-a-1.eml'])
    const file = join(path, names[0] ?? '')
    assert.deepEqual([(await stat(file)).mode & 0o777, (await stat(path)).mode & 0o777], [0o600, 0o700])
    assert.match(await readFile(file, 'utf8'), /^To: ann@example\.org$/m)
    await assert.rejects(made.send({ ...mail, id: '../../escape' }), { code: 'mail.bad_mail' })
    await made.close()
  })
})

async function listening(work: (socket: Socket) => void): Promise<{ server: Server; port: number; sockets: Socket[] }> {
  const sockets: Socket[] = []
  const server = createServer(socket => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    work(socket)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { server, port: portOf(server), sockets }
}

function portOf(server: Pick<Server, 'address'>): number {
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  return address.port
}
