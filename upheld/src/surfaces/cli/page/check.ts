import { checkSource, problemLines, readSource, type CheckedSource } from '../../../proof/page/index.ts'
import type { Claim } from '../../../proof/claims/index.ts'
import { count } from '../../report/index.ts'
import { claimsOf } from '../claims.ts'
import { exit, type Invocation } from '../command.ts'
import { readApplication } from '../system/application.ts'
import type { Terminal } from '../terminal.ts'

/**
 * Holds a source against the claims, as the start of an application does, and says what waits and what is not said.
 * @throws page.unreadable
 */
export async function pageCheck({ settings, positionals, terminal }: Invocation): Promise<number> {
  const [file = ''] = positionals
  const own = settings.app === undefined ? [] : (await readApplication(settings.app)).claims
  const claims = claimsOf({ claims: own })
  const checked = checkSource(readSource(file), claims)
  const { problems, heldBack, citations } = checked
  const cited = new Set(citations.flatMap(one => one.claims))
  const unsaid = claims.filter(({ kind, id }) => kind !== 'planned' && !cited.has(id)).map(({ id }) => id)
  if (problems.length === 0) sayPage(terminal, file, checked, unsaid)
  else {
    for (const line of problemLines(file, problems)) terminal.say(line)
    terminal.note(terminal.bad(`${count(problems.length, 'problem')}. This page does not build.`))
  }
  const code = problems.length === 0 ? exit.upheld : exit.refuted
  // A page that does not build promises nothing.
  const promises = problems.length === 0 ? promised(checked, claims) : []
  terminal.document({ file, problems, heldBack, promises, unsaid, exit: code })
  return code
}

function sayPage(terminal: Terminal, file: string, { page, heldBack }: CheckedSource, unsaid: readonly string[]): void {
  const promises = page.sections.flatMap(({ sentences }) => sentences)
  terminal.say(`${file} builds: ${count(promises.length, 'promise')} to be shown while their claims hold.`)
  for (const { line, column, planned } of heldBack)
    terminal.say(`${file}:${line}:${column}: waits, and is not on the page: ${planned.join(', ')} is planned.`)
  if (unsaid.length > 0) terminal.say(`Proven, and not said: ${unsaid.join(', ')}.`)
}

/** What the page may say, with how far each of its claims reaches. */
function promised({ page }: CheckedSource, claims: readonly Claim[]) {
  const known = new Map(claims.map(claim => [claim.id, claim]))
  return page.sections.flatMap(({ title, sentences }) =>
    sentences.map(({ text, claims: ids }) => ({
      section: title,
      text,
      claims: ids.map(id => {
        const claim = known.get(id)
        if (claim === undefined || claim.kind === 'planned') return { id }
        return { id, population: claim.population, extent: claim.extent ?? 'part' }
      }),
    })),
  )
}
