import type { Claim } from '../claims/index.ts'
import { nearest } from '../../core/nearest.ts'
import type { Citation } from './citation.ts'
import { readingsOf } from './fold.ts'
import type { Problem } from './problem.ts'
import { strongWords } from './strong-words.ts'

/** Holds every citation against the claims: whether they are there, and whether they carry so much. */
export function problemsOf(citations: readonly Citation[], claims: readonly Claim[]): readonly Problem[] {
  const known = new Map(claims.map(claim => [claim.id, claim]))
  const said = new Map<string, Citation>()
  return citations.flatMap(citation => {
    const same = readingsOf(citation.text)[0] ?? ''
    const before = said.get(same)
    said.set(same, before ?? citation)
    const twice =
      before === undefined || same === ''
        ? []
        : [{ ...at(citation), says: `This says the same as line ${before.line}.`, mend: 'Take one of them out.' }]
    return [...twice, ...unknown(citation, known), ...tooStrong(citation, known)]
  })
}

function at({ line, column }: Citation): Pick<Problem, 'line' | 'column'> {
  return { line, column }
}

function unknown(citation: Citation, known: ReadonlyMap<string, Claim>): readonly Problem[] {
  return citation.claims
    .filter(id => !known.has(id))
    .map(id => {
      const meant = nearest(readingsOf(id)[0] ?? '', [...known.keys()])
      const mend = meant === undefined ? 'See which claims there are: upheld check --json' : `Did you mean ${meant}?`
      return { ...at(citation), says: `${JSON.stringify(id)} is no claim.`, mend }
    })
}

/** A strong word speaks for each claim that its sentence cites, as nobody can tell which of them it belongs to. */
function tooStrong(citation: Citation, known: ReadonlyMap<string, Claim>): readonly Problem[] {
  const words = strongWords(citation.text).map(word => `"${word}"`)
  if (words.length === 0) return []
  return citation.claims.flatMap(id => {
    const claim = known.get(id)
    if (claim === undefined || (claim.kind !== 'planned' && claim.extent === 'whole')) return []
    const more = citation.claims.length > 1 ? ', or give the strong words a citation of their own' : ''
    return [
      {
        ...at(citation),
        says: `${words.join(' and ')} promises more than ${id} carries: ${reachOf(claim)}.`,
        mend: `Say it without ${words.join(' and ')}, or cite a claim whose population is the whole${more}.`,
      },
    ]
  })
}

function reachOf(claim: Claim): string {
  if (claim.kind === 'planned') return 'it is planned, so nothing says yet what will be attacked'
  if (claim.population === undefined) return 'whoever states it has not said of what'
  return `its population is a part (${claim.population})`
}
