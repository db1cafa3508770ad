import { organizationId } from '../../src/core/ids.ts'
import type { Around, PeopleBend, Sabotage, TwinWorld, World } from '../../src/index.ts'

// Ways to spoil tokens of visitors that the claim does not know of.

type Visitors = Parameters<NonNullable<PeopleBend['visitors']>>[0]

function unseen(
  name: string,
  bend: (sound: Visitors, twin: TwinWorld) => Partial<Visitors>,
  around?: Around,
): Sabotage {
  return {
    name,
    says: 'somebody did something that nobody thought of',
    source: import.meta.url,
    async apply(twin): Promise<World> {
      const visitors = (sound: Visitors): Visitors => Object.freeze({ ...sound, ...bend(sound, twin) })
      const origin = await twin.serve(page => page, around, { visitors })
      return { ...twin, origin: async () => origin }
    },
  }
}

const tokenForm = /upv1\.[0-9a-f]{32}\.\d+\.[\w-]+\.[\w-]{43}/

export const unseenWidget: readonly Sabotage[] = [
  unseen('found-anywhere', sound => ({
    verify: (request, scope) => {
      const [token] = tokenForm.exec(request.authorization ?? '') ?? []
      return sound.verify(token === undefined ? request : { ...request, authorization: `Bearer ${token}` }, scope)
    },
  })),
  unseen('renewed-for-everybody', sound => ({
    renew: ({ authorization, origin }) => sound.renew({ authorization, origin }),
  })),
  unseen('subdomains-too', sound => ({
    verify: (request, scope) =>
      sound.verify({ ...request, origin: request.origin?.replace('.evil.invalid', '') ?? null }, scope),
  })),
  unseen('kept-for-a-while', sound => {
    const known = new Map<string, Awaited<ReturnType<Visitors['verify']>>>()
    return {
      async verify(request, scope) {
        const key = JSON.stringify([request.authorization, request.origin, scope])
        const answer = known.get(key) ?? (await sound.verify(request, scope))
        if (answer.let === 'in') known.set(key, answer)
        return answer
      },
    }
  }),
  unseen(
    'origin-not-sent',
    () => ({}),
    async (request, answer) => {
      if (request.headers.get('origin') !== null || !new URL(request.url).pathname.startsWith('/widget'))
        return answer(request)
      const headers = new Headers(request.headers)
      headers.set('origin', 'https://shop.example')
      return answer(new Request(request.url, { method: request.method, headers }))
    },
  ),
  unseen(
    'token-in-address',
    () => ({}),
    async (request, answer) => {
      const token = new URL(request.url).searchParams.get('access_token')
      if (token === null) return answer(request)
      const headers = new Headers(request.headers)
      headers.set('authorization', `Bearer ${token}`)
      return answer(new Request(request.url, { method: request.method, headers }))
    },
  ),
  unseen('visits-without-end', sound => ({
    async renew(request) {
      const renewed = await sound.renew(request)
      const [, hex = ''] = /upv1\.([0-9a-f]{32})\./.exec(request.authorization ?? '') ?? []
      if ('refusal' in renewed) return renewed
      return sound.begin(
        organizationId(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')),
        request.origin,
      )
    },
  })),
]
