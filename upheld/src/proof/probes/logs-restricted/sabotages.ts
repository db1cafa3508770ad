import { appendFileSync, chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format } from 'node:util'
import type { Around, Sabotage, TwinWorld } from '../../claims/index.ts'
import { bySql, givenBack, sabotage, weakLogin } from '../breaking.ts'

type Answer = (request: Request) => Promise<Response>

/** What somebody writes beside the logs that are there. */
type Write = (line: string) => void

/** Somebody sits before the application of the twin, and writes to a log of their own. */
function logging(
  name: string,
  says: string,
  around: (request: Request, answer: Answer, write: Write) => Promise<Response>,
): Sabotage {
  return sabotage(import.meta.url, {
    name,
    says,
    async apply(twin: TwinWorld) {
      const write: Write = line => appendFileSync(join(twin.logFolder, 'app.log'), `${line}\n`, { mode: 0o600 })
      const before: Around = (request, answer) => around(request, answer, write)
      const origin = await twin.serve(page => page, before)
      return { ...twin, origin: async () => origin }
    },
  })
}

/** Somebody sits before the application of the twin, and prints what is met. */
function printing(name: string, says: string, told: (request: Request) => unknown): Sabotage {
  return logging(name, says, async (request, answer) => {
    // What console.log does.
    process.stdout.write(`${format(told(request))}\n`)
    return answer(request)
  })
}

/** What an error handler gets to see: here the one that a library threw about a header. */
function failing(request: Request, answer: Answer): Promise<Response> {
  const token = request.headers.get('authorization')
  return token === null ? answer(request) : Promise.reject(new TypeError(`Cannot read a session from ${token}`))
}

const requests: readonly Sabotage[] = [
  printing('header-printed', 'somebody printed a header while looking for a fault, and left it in', request =>
    request.headers.get('x-api-key'),
  ),
  printing('request-printed', 'somebody printed the whole request', ({ method, url, headers }) => ({
    method,
    url,
    headers: [...headers],
  })),
  logging('url-with-errors', 'what fails is logged with its whole address', async (request, answer, write) => {
    const response = await answer(request)
    if (response.status >= 400) write(`${response.status} ${request.method} ${request.url}`)
    return response
  }),
  logging('body-when-refused', 'a body that is refused is logged, to see why', async (request, answer, write) => {
    const { method, headers, url } = request
    const text = request.body === null ? '' : await request.text()
    const response = await answer(new Request(url, { method, headers, ...(text === '' ? {} : { body: text }) }))
    if (response.status >= 400 && text !== '') write(JSON.stringify({ problem: response.status, body: text }))
    return response
  }),
  logging('cookies-in-access-log', 'the log of requests has their cookies', async (request, answer, write) => {
    write(`${request.method} cookie=${request.headers.get('cookie') ?? '-'}`)
    return answer(request)
  }),
  logging('message-of-an-error', 'an error is logged with its message, which quotes a header', (request, answer, write) =>
    failing(request, answer).catch((thrown: unknown) => {
      write(thrown instanceof Error ? (thrown.stack ?? '') : '')
      return Response.json({ error: 'failed' }, { status: 500 })
    }),
  ),
  logging('message-on-error-page', 'the error page shows the message of the error', (request, answer) =>
    failing(request, answer).catch((thrown: unknown) => new Response(String(thrown), { status: 500 })),
  ),
  logging('token-in-base64', 'the header Authorization is logged in base64', async (request, answer, write) => {
    write(btoa(`from ${request.headers.get('authorization') ?? ''}`))
    return answer(request)
  }),
  logging('half-a-token', 'the first half of a token is logged, to know it again', async (request, answer, write) => {
    const token = request.headers.get('authorization')?.split(' ')[1] ?? ''
    write(`token ${token.slice(0, Math.ceil(token.length / 2))}...`)
    return answer(request)
  }),
  logging('path-in-access-log', 'the log of requests has their paths, with the links that sign somebody in', async (request, answer, write) => {
    write(`${request.method} ${new URL(request.url).pathname}`)
    return answer(request)
  }),
  logging('agent-in-bytes', 'a header is logged as the bytes of a buffer', async (request, answer, write) => {
    write(format(Buffer.from(request.headers.get('user-agent') ?? '')))
    return answer(request)
  }),
] // prettier-ignore

const readers: readonly Sabotage[] = [
  sabotage(import.meta.url, {
    name: 'log-open-to-all',
    says: 'a file of the logs can be read by every account of the host',
    async apply(twin) {
      const path = join(twin.logFolder, 'debug.log')
      writeFileSync(path, 'looking for a fault\n', { mode: 0o644 })
      chmodSync(path, 0o644)
      return twin
    },
  }),
  sabotage(import.meta.url, {
    name: 'folder-open-to-all',
    says: 'the folder of the logs can be entered by every account of the host',
    async apply(twin) {
      chmodSync(twin.logFolder, 0o755)
      return twin
    },
  }),
  ...bySql(import.meta.url, [
    {
      name: 'log-functions-granted',
      says: 'the application may ask the database where its log is',
      sql: () => 'grant execute on function pg_catalog.pg_current_logfile(), pg_catalog.pg_ls_logdir() to upheld_app',
    },
    {
      name: 'log-files-readable',
      says: 'every login may read files of the database server, its log among them',
      sql: () => givenBack('^(pg_read_file|pg_read_binary_file|pg_stat_file)$'),
    },
  ]),
  sabotage(import.meta.url, {
    name: 'login-reads-logs',
    says: 'the login of the page was made a member of those who may watch the server, its logs among the rest',
    async apply(twin) {
      const made = await twin.loginLike('page')
      await twin.admin.query(`alter role ${made.name} inherit; grant pg_monitor to ${made.name}`)
      return { ...twin, login: (role, max) => (role === 'page' ? made.login(max) : twin.login(role, max)) }
    },
  }),
]

const server: readonly Sabotage[] = [
  weakLogin(
    import.meta.url,
    'parameters-logged',
    'statements of the application that fail are logged with their parameters',
    role =>
      `alter role ${role} set log_min_messages = 'error'; alter role ${role} set log_min_error_statement = 'error';
       alter role ${role} set log_parameter_max_length_on_error = -1`,
  ),
  weakLogin(
    import.meta.url,
    'statements-logged',
    'every statement of the application is logged',
    role => `alter role ${role} set log_min_messages = 'log'; alter role ${role} set log_statement = 'all'`,
  ),
  weakLogin(
    import.meta.url,
    'messages-logged',
    'errors of the application’s statements are logged with the values that they quote',
    role => `alter role ${role} set log_min_messages = 'warning'`,
  ),
]

/** Every way in which something that was sent could end in a log, or a log before somebody's eyes. */
export const sabotages: readonly Sabotage[] = Object.freeze([...requests, ...readers, ...server])
