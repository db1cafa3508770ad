import { appendFileSync, chmodSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import type { Around, Sabotage, TwinWorld } from '../../src/index.ts'

// Ways to spill what was sent that the claim does not know of.

type Spill = (request: Request, write: (text: string) => void, answer: () => Promise<Response>) => Promise<Response>

function spilling(name: string, spill: Spill): Sabotage {
  return {
    name,
    says: 'somebody did something that nobody thought of',
    source: import.meta.url,
    async apply(twin: TwinWorld) {
      const write = (text: string): void => appendFileSync(join(twin.logFolder, `${name}.txt`), text, { mode: 0o600 })
      const around: Around = (request, answer) => spill(request, write, () => answer(request))
      const origin = await twin.serve(page => page, around)
      return { ...twin, origin: async () => origin }
    },
  }
}

function done(name: string, apply: (twin: TwinWorld) => Promise<void> | void): Sabotage {
  return {
    name,
    says: 'somebody did something that nobody thought of',
    source: import.meta.url,
    async apply(twin) {
      await apply(twin)
      return twin
    },
  }
}

const bodyOf = async (request: Request): Promise<string> => (request.body === null ? '' : request.clone().text())

export const unseen: readonly Sabotage[] = [
  spilling('errors-to-the-console', async (request, _write, answer) => {
    console.error('slow request', { agent: request.headers.get('user-agent') })
    return answer()
  }),
  spilling('printed-after-the-answer', async (request, _write, answer) => {
    setTimeout(() => console.warn(request.headers.get('x-forwarded-for')), 20)
    return answer()
  }),
  spilling('referrer', async (request, write, answer) => {
    write(`${request.headers.get('referer') ?? ''}\n`)
    return answer()
  }),
  spilling('search-terms', async (request, write, answer) => {
    for (const [name, value] of new URL(request.url).searchParams) write(`${name} ${value.toUpperCase()}\n`)
    return answer()
  }),
  spilling('second-half', async (request, write, answer) => {
    const cookie = request.headers.get('cookie') ?? ''
    const value = /session=(\w+)/.exec(cookie)?.[1] ?? ''
    write(`...${value.slice(Math.floor(value.length / 2))}\n`)
    return answer()
  }),
  spilling('letter-by-letter', async (request, write, answer) => {
    for (const letter of request.headers.get('authorization') ?? '') write(`${letter}\n`)
    return answer()
  }),
  spilling('hex-with-colons', async (request, write, answer) => {
    const bytes = Buffer.from(request.headers.get('authorization') ?? '')
    write(`${[...bytes].map(byte => byte.toString(16).padStart(2, '0')).join(':')}\n`)
    return answer()
  }),
  spilling('base64-in-lines', async (request, write, answer) => {
    const bytes = Buffer.from(JSON.stringify([...request.headers]))
    write(`${(bytes.toString('base64url').match(/.{1,20}/g) ?? []).join('\n')}\n`)
    return answer()
  }),
  spilling('body-as-buffer', async (request, write, answer) => {
    write(inspect({ type: request.headers.get('content-type'), body: Buffer.from(await bodyOf(request)) }, { maxArrayLength: 10_000 }))
    return answer()
  }),
  spilling('body-as-json-of-a-buffer', async (request, write, answer) => {
    write(JSON.stringify(Buffer.from(await bodyOf(request))))
    return answer()
  }),
  spilling('utf-16', async (request, write, answer) => {
    write(Buffer.from(request.headers.get('x-request-id') ?? '', 'utf16le').toString('latin1'))
    return answer()
  }),
  spilling('name-of-a-file', async (request, write, answer) => {
    write(/filename="([^"]*)"/.exec(await bodyOf(request))?.[1] ?? '')
    return answer()
  }),
  spilling('numbers-only', async (request, write, answer) => {
    write((/\d{15}/.exec(await bodyOf(request)) ?? []).join(' '))
    return answer()
  }),
  spilling('between-much-else', async (request, write, answer) => {
    const text = request.headers.get('x-api-key')
    write(`${'.'.repeat(262_144 - 10)}${text ?? ''}${'.'.repeat(1000)}`)
    return answer()
  }),
  done('older-log-open', ({ logFolder }) => {
    writeFileSync(join(logFolder, 'web.log.7'), '')
    chmodSync(join(logFolder, 'web.log.7'), 0o604)
  }),
  done('link-to-a-file-of-all', ({ logFolder }) => {
    const path = join(logFolder, '..', 'elsewhere')
    writeFileSync(path, '')
    chmodSync(path, 0o666)
    symlinkSync(path, join(logFolder, 'web.debug.log'))
  }),
  done('log-read-by-a-definer', async ({ admin }) => {
    await admin.query('grant execute on function pg_catalog.pg_current_logfile(text) to public')
  }),
  done('folder-of-logs-listed', async ({ admin }) => {
    await admin.query('grant execute on function pg_catalog.pg_ls_dir(text) to upheld_page')
  }),
] // prettier-ignore
