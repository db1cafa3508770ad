import type { Around, Sabotage } from '../../claims/index.ts'
import { byDoorkeeper, byPart } from '../people/breaking.ts'

const source = import.meta.url

/** Somebody changes forms before the pages see them, so that what is refused there comes through. */
function softened(name: string, says: string, change: (form: string) => string): Sabotage {
  return byDoorkeeper(source, { name, says }, () => async (request, answer) => {
    const form = request.method === 'POST' && /form-urlencoded/.test(request.headers.get('content-type') ?? '')
    if (!form) return answer(request)
    const body = change(await request.text())
    const headers = new Headers(request.headers)
    headers.delete('content-length')
    return answer(new Request(request.url, { method: 'POST', headers, body }))
  })
}

/** One request after the other: the next begins when the body of the last one is there. */
function oneByOne(): Around {
  let last: Promise<unknown> = Promise.resolve()
  return async (request, answer) => {
    const before = last
    const { promise, resolve } = Promise.withResolvers<undefined>()
    last = promise
    await before
    try {
      const { method, headers, url } = request
      const body = method === 'POST' ? { body: await request.text() } : {}
      return await answer(new Request(url, { method, headers, ...body }))
    } finally {
      resolve(undefined)
    }
  }
}

/** Every way in which more than is taken could come through, or stop the rest. */
export const sabotages: readonly Sabotage[] = Object.freeze([
  softened('forms-of-any-size', 'a form that is too large is read to its end, and what is too much is left out', form =>
    form.slice(0, 8_000),
  ),
  softened('fields-of-any-number', 'of a form with too many fields the first ones are taken', form =>
    form.length > 16_000 ? form : form.split('&').slice(0, 20).join('&'),
  ),
  softened('passwords-cut', 'a password that is too long is cut, and hashed', form =>
    form.length > 16_000 ? form : form.replace(/(password=[^&]{200})[^&]*/, '$1'),
  ),
  byDoorkeeper(
    source,
    { name: 'null-fails', says: 'a null character reaches the database, which fails' },
    () => async (request, answer) => {
      if (request.method === 'POST' && (await request.clone().text()).includes('%00'))
        return Promise.reject(new TypeError('invalid byte sequence'))
      return answer(request)
    },
  ),
  byDoorkeeper(
    source,
    { name: 'one-after-the-other', says: 'a form that is slow keeps all other requests waiting' },
    oneByOne,
  ),
  byPart(
    source,
    { name: 'hashes-without-bound', says: 'passwords are hashed as many at once as somebody sends' },
    () => ({
      passwords: sound => ({
        ...sound,
        async verify(stored, password, signal) {
          for (;;) {
            try {
              return await sound.verify(stored, password, signal)
            } catch (thrown) {
              if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'passwords.busy')) throw thrown
              await new Promise(resolve => setTimeout(resolve, 20))
            }
          }
        },
      }),
    }),
  ),
  byPart(source, { name: 'floods-pass', says: 'one address may ask as often as it likes' }, () => ({
    takeover: sound => ({
      ...sound,
      async ask(attempt) {
        const asked = await sound.ask(attempt)
        return asked.go || asked.because !== 'flood' ? asked : sound.ask({ ...attempt, factor: 'passkey' })
      },
    }),
  })),
])
