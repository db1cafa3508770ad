import { systemClock } from '../../../core/clock.ts'
import type { PeopleBend, Upheld } from '../../../index.ts'
import type { Sabotage } from '../../claims/index.ts'
import { bySql } from '../breaking.ts'
import { byDoorkeeper, byPart } from '../people/breaking.ts'

type Visitors = Parameters<NonNullable<PeopleBend['visitors']>>[0]
/** The application's rows, for whoever lets somebody in by himself. */
type Platform = () => Upheld
type Answer = Awaited<ReturnType<Visitors['verify']>>

const source = import.meta.url

/** Visitors in which something is otherwise. */
function bent(
  name: string,
  says: string,
  change: (sound: Visitors, platform: Platform) => Partial<Visitors>,
): Sabotage {
  return byPart(source, { name, says }, twin => {
    let opened: Upheld | undefined
    twin.defer(async () => opened?.close())
    const platform = (): Upheld => (opened ??= twin.open({ connectionsMax: 2 }))
    return { visitors: sound => Object.freeze({ ...sound, ...change(sound, platform) }) }
  })
}

interface Said {
  readonly organization: string
  readonly text: string
  readonly origin: string | undefined
}

/** What a token says, as a saboteur reads it: nothing of it is checked. */
function saidIn(authorization: string | null): Said | undefined {
  const [, hex = '', body = ''] = /^Bearer upv1\.([0-9a-f]{32})\.\d+\.([\w-]+)\./.exec(authorization ?? '') ?? []
  if (hex === '') return undefined
  const text = Buffer.from(body, 'base64url').toString()
  const organization = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return { organization, text, origin: /"origin":"([^"]*)"/.exec(text)?.[1] }
}

/** Somebody whom a token names, let in without a look at its signature. */
function believed(platform: Pick<Upheld, 'organization'>, authorization: string | null, sound: Answer): Answer {
  const said = saidIn(authorization)
  const [kind, visitor] = [/"kind":"known"/.test(said?.text ?? ''), /"visitor":"([^"]*)"/.exec(said?.text ?? '')?.[1]]
  if (said === undefined || visitor === undefined) return sound
  const organization = platform.organization(said.organization)
  const id = `${kind ? 'known' : 'anonymous'}:${visitor}`
  return {
    let: 'in',
    id,
    kind: kind ? 'known' : 'anonymous',
    organizationId: organization.id,
    organization: organization.as({ type: 'visitor', id, purpose: 'widget' }),
    scopes: [],
    owns: () => undefined,
  }
}

const inParts: readonly Sabotage[] = [
  bent('any-page', 'nobody compares the page that asks with the one that a token is for', sound => ({
    verify: (request, scope) =>
      sound.verify({ ...request, origin: saidIn(request.authorization)?.origin ?? request.origin }, scope),
  })),
  bent('any-scope', 'a token is taken for whatever visitors may do', sound => ({
    async verify(request, scope) {
      const all = [scope, ...sound.rules.scopes]
      for (const one of all) {
        const answer = await sound.verify(request, one)
        if (answer.let === 'in') return answer
      }
      return sound.verify(request, scope)
    },
  })),
  bent('one-visitor', 'visitors of one organization are taken for each other', sound => {
    const first = new Map<string, string>()
    return {
      async verify(request, scope) {
        const answer = await sound.verify(request, scope)
        if (answer.let === 'out') return answer
        const id = first.get(answer.organizationId) ?? answer.id
        first.set(answer.organizationId, id)
        return { ...answer, id, owns: owner => (owner === id ? undefined : answer.owns(owner)) }
      },
    }
  }),
  bent('unsigned', 'what a token says is believed when its signature is not right', (sound, platform) => ({
    async verify(request, scope) {
      const answer = await sound.verify(request, scope)
      if (answer.let === 'in' || answer.refusal.code !== 'keys.visitor_unknown') return answer
      return believed(platform(), request.authorization, answer)
    },
  })),
  bent('ends-late', 'an hour is added to the end of every token', (sound, platform) => ({
    async verify(request, scope) {
      const answer = await sound.verify(request, scope)
      if (answer.let === 'in' || answer.refusal.code !== 'keys.visitor_expired') return answer
      const ends = Number(/"ends":(\d+)/.exec(saidIn(request.authorization)?.text ?? '')?.[1] ?? 0) * 1000
      const late = systemClock.now().getTime() - ends
      return late < 0 || late > 3_600_000 ? answer : believed(platform(), request.authorization, answer)
    },
  })),
  bent('any-key', 'every key of a customer says who a visitor is', sound => ({
    assert: (key, visitor) => sound.assert({ ...key, set: { ...key.set, may: () => true } }, visitor),
  })),
]

const elsewhere: readonly Sabotage[] = [
  byDoorkeeper(
    source,
    { name: 'every-page-reads', says: 'every page is told that it may read the answers' },
    () => async (request, answer) => {
      const response = await answer(request)
      const headers = new Headers(response.headers)
      const origin = request.headers.get('origin')
      if (origin !== null) headers.set('access-control-allow-origin', origin)
      return new Response(response.body, { status: response.status, headers })
    },
  ),
  ...bySql(source, [
    {
      name: 'keys-never-end',
      says: 'a key that was ended goes on signing and checking',
      sql: () => `
        create function public.keep_key() returns trigger language plpgsql as $$ begin
          new.ends_at := old.ends_at; return new;
        end $$;
        create trigger keep_key before update on upheld_access.visitor_key for each row execute function public.keep_key()`,
    },
  ]),
]

export const sabotages: readonly Sabotage[] = Object.freeze([...inParts, ...elsewhere])
