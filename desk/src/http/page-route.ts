import type { LinkedObjects, People } from 'upheld'
import type { z } from 'zod'
import type { Permission } from '../access/permissions.ts'
import { openSession, type Session } from '../access/session.ts'
import { ours, refuse } from '../errors.ts'
import { problemsOf } from './inputs.ts'
import { document, type Html, refusal } from './layout.ts'
import { type Sent, type SentFile, sentOf } from './multipart.ts'
import { formOf, queryOf } from './request.ts'
import type { Route, Visit } from './route.ts'

interface PageRoute<I extends z.ZodType> {
  readonly method: 'GET' | 'POST'
  readonly path: `/${string}`
  readonly permission: Permission
  readonly input: I
  /** For a form with a file. It may be larger than others, by so much. */
  readonly takesFile?: { readonly bodyBytesMax: number }
  /** Undefined means that there is no such thing here, whether it never was or is somebody else's. */
  answer(call: PageCall<z.output<I>>): Promise<PageAnswer | undefined>
}

interface PageCall<I> {
  readonly session: Session
  readonly input: I
  readonly url: URL
  readonly people: People
  /** Sealed objects of this organization. */
  readonly objects: () => LinkedObjects
  readonly file: SentFile | undefined
}

type PageAnswer =
  | { readonly title: string; readonly body: Html }
  | { readonly redirect: `/${string}` }
  | { readonly download: Download }

/** A file that is made while it is sent. */
interface Download {
  /** Letters, digits, dots and dashes. */
  readonly name: string
  readonly media: string
  readonly pieces: AsyncIterable<Uint8Array>
}

/** The one way into a page: session, permission, for a form its origin and token, input, then the work. */
export function pageRoute<I extends z.ZodType>(route: PageRoute<I>): Route {
  const { method, path, permission } = route
  const inSession = async (visit: Visit, session: Session): Promise<Response> => {
    const { upheld, people, request, url, params, head } = visit
    if (!session.may(permission)) throw refuse.not_permitted({ detail: permission })
    const { fields, file } = await formIn(request, route.takesFile !== undefined)
    const { form_token: token, ...body } = fields
    if (method === 'POST') checkForm(visit, token)
    const read = route.input.safeParse({ params, query: queryOf(url), body })
    if (!read.success) {
      // A mistyped address is for a person what an absent one is.
      if (read.error.issues.some(issue => issue.path[0] === 'params')) throw refuse.not_found()
      return refusal(refuse.invalid_input(), { head, session, problems: problemsOf(read.error) })
    }
    const objects = (): LinkedObjects => upheld.objects.of(session.organization)
    const given = await route.answer({ session, input: read.data, url, people, objects, file })
    if (given === undefined) throw refuse.not_found()
    if ('redirect' in given) return redirect(given.redirect)
    if ('download' in given) return sent(given.download)
    return document({ ...given, head, session, path: url.pathname })
  }
  const answer = async (visit: Visit): Promise<Response> => {
    const session = await openSession(visit, visit.request)
    if (session instanceof Response) return session
    return inSession(visit, session).catch((thrown: unknown) => refusal(ours(thrown), { head: visit.head, session }))
  }
  const own = route.takesFile === undefined ? {} : { bodyBytesMax: route.takesFile.bodyBytesMax }
  return Object.freeze({ surface: 'page', method, path, permission, answer, ...own })
}

async function formIn(request: Request, withFile: boolean): Promise<Sent> {
  return withFile ? sentOf(request) : { fields: await formOf(request), file: undefined }
}

/** 303: whatever was sent is done with, and what follows is a plain GET. */
function redirect(location: `/${string}`): Response {
  return new Response(null, { status: 303, headers: { location } })
}

/** From our own origin, as every browser of this decade says, and with the token of this very session. */
function checkForm({ people, request }: Visit, token: unknown): void {
  people.site.assertForm(request, new Map([['form_token', typeof token === 'string' ? token : '']]))
}

/** Asks for the first piece before it answers: a refusal is a page then, and not a broken file. */
async function sent({ name, media, pieces }: Download): Promise<Response> {
  const reader = pieces[Symbol.asyncIterator]()
  let next = await reader.next()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (next.done === true) {
        controller.close()
        return
      }
      controller.enqueue(next.value)
      next = await reader.next()
    },
    async cancel() {
      await reader.return?.()
    },
  })
  const headers = { 'content-type': media, 'content-disposition': `attachment; filename="${name}"` }
  return new Response(body, { headers })
}
