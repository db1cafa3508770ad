import { cannotProbe } from '../../claims/index.ts'
import { codeOf } from '../attacks/index.ts'
import { holds, type Ground, type Kept } from './ground.ts'

interface Answer {
  readonly status: number
  readonly body: Buffer
  /** As the headers say it. */
  readonly length: string | null
}

type Init = Pick<RequestInit, 'method'> & { readonly headers?: Readonly<Record<string, string>> }

/** Asks for the path of a link. */
export type Ask = (path: string, init?: Init) => Promise<Answer>

/** At the door of the platform itself. */
export function atThePlatform({ platform, report }: Ground): Ask {
  return async (path, init = {}) => {
    const request = new Request(`http://probe.invalid${path}`, { ...init, signal: report.signal })
    try {
      return await answerOf(await platform.serve(request))
    } catch (thrown) {
      if (report.signal.aborted) throw thrown
      // What the server would answer with 500.
      throw cannotProbe(`A link ended with ${codeOf(thrown)}.`, thrown)
    }
  }
}

/** Over HTTP, as a browser does. */
export function overHttp({ report }: Ground, origin: string): Ask {
  return async (path, init = {}) => {
    const once = async (): Promise<Answer> =>
      answerOf(await fetch(`${origin}${path}`, { ...init, redirect: 'manual', signal: report.signal }))
    try {
      // A connection that was kept open may be closed just then: the request never arrived.
      return await once().catch((first: unknown) => {
        if (!wasCut(first)) throw first
        return once()
      })
    } catch (thrown) {
      throw cannotProbe('The site gave no answer to a link.', thrown)
    }
  }
}

function wasCut(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE'
}

async function answerOf(response: Response): Promise<Answer> {
  const body = Buffer.from(await response.arrayBuffer())
  return { status: response.status, body, length: response.headers.get('content-length') }
}

interface Refusal {
  readonly attack: string
  readonly where: string
  /** What must not be in the answer, whatever its status. */
  readonly hidden: readonly Kept[]
}

/** An answer that must be a refusal, and hold nothing of what is hidden. */
export function mustRefuse(ground: Ground, { status, body }: Answer, { attack, where, hidden }: Refusal): void {
  if (status >= 500) throw cannotProbe(`"${attack}" ended with ${status}.`)
  if (status < 400 || hidden.some(one => holds(body, one)))
    ground.report.refute({ attack, where, saw: `an answer with ${status}` })
  else ground.report.observe(attack, where)
}

/** An answer that may be a refusal, or this content and nothing else. */
export function mustGiveOnly(
  ground: Ground,
  { status, body }: Answer,
  { attack, where, own }: { readonly attack: string; readonly where: string; readonly own: Kept },
): void {
  if (status >= 500) throw cannotProbe(`"${attack}" ended with ${status}.`)
  if (status < 300 && !body.equals(own.content)) ground.report.refute({ attack, where, saw: 'something else' })
  else ground.report.observe(attack, where)
}
