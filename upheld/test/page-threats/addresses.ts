import { request as rawRequest } from 'node:http'
import { z } from 'zod'
import type { Lab } from './lab.ts'

/** A public address and everything that it answered, bytes as Latin-1. */
interface Answered {
  readonly path: string
  readonly body: string
  readonly type: string
  readonly headers: string
  readonly cookies: readonly string[]
}

const described = z.object({ paths: z.record(z.string(), z.unknown()) })
const addressesMax = 400

/** Every address that the page describes or links to, followed until none is new; whatever it answered. */
export async function everyAddress(lab: Pick<Lab, 'get' | 'text' | 'origin'>): Promise<readonly Answered[]> {
  const { paths } = described.parse(JSON.parse(await lab.text('/security/openapi.json')))
  const examples: Readonly<Record<string, string>> = {
    claim: 'doors.locked',
    script: 'page.js',
    entry: '0',
    level: '0',
    tile: '000',
    thousands: 'x001',
    width: '1',
  }
  const todo = Object.keys(paths).map(path =>
    path.replaceAll(/\{(\w+)\}/g, (_, name: string) => examples[name] ?? 'none'),
  )
  const seen = new Map<string, Answered>()
  for (let path = todo.pop(); path !== undefined && seen.size < addressesMax; path = todo.pop()) {
    if (seen.has(path)) continue
    const answer = await lab.get(path)
    const body = Buffer.from(await answer.arrayBuffer())
    const type = answer.headers.get('content-type') ?? ''
    const text = body.toString(/text|json|xml/.test(type) ? 'utf8' : 'latin1')
    const headers = [...answer.headers].map(pair => pair.join(': ')).join('\n')
    seen.set(path, { path, body: text, type, headers, cookies: answer.headers.getSetCookie() })
    if (type.startsWith('text/html')) todo.push(...linksIn(text))
  }
  return [...seen.values()]
}

function linksIn(html: string): string[] {
  return [...html.matchAll(/(?:href|src)="(\/[^"#]*)/g)].map(([, path = '']) => path.replaceAll('&amp;', '&'))
}

/** Sends a path as it is written: `fetch` would tidy it. */
export function raw(lab: Pick<Lab, 'origin'>, path: string, headers: Record<string, string> = {}, method = 'GET') {
  const { hostname, port } = new URL(lab.origin)
  return new Promise<{ readonly status: number; readonly body: string }>((resolve, reject) => {
    const asked = rawRequest({ hostname, port, path, method, headers }, answer => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts).toString('latin1') }))
    })
    asked.on('error', reject).end()
  })
}

/** What a page says apart from the minute in which it was made. */
export function still(html: string): string {
  return html.replaceAll(/<p data-made-at=.*?<\/p>/gs, '').replaceAll(/<time [^>]*>.*?<\/time>/gs, '')
}
