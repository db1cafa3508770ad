/** How much a name says that it tells whose a row is. Words are compared without case and underscores. */
const nouns: readonly (readonly [RegExp, number])[] = [
  [/^tenants?$/, 10],
  [/^(organi[sz]ations?|orgs?)$/, 9],
  [/^(workspaces?|accounts?|compan(y|ies))$/, 7],
  [/^(teams?|customers?|agenc(y|ies)|merchants?|shops?|stores?|schools?|clinics?|practices?|subscribers?)$/, 5],
  [/^(clients?|sites?|projects?|realms?|institutions?|partners?|business(es)?|firms?)$/, 3],
]
const endings = /(id|uuid|guid|key|slug|code|ref|no|nr|number|handle|name)$/

/** Between 0, says nothing, and 10. */
export function columnWeight(name: string): number {
  const word = name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
  const stem = word.replace(endings, '')
  return Math.max(weightOf(word), weightOf(stem), weightOf(stem.replace(/^(fk|the|my)/, '')))
}

export function tableWeight(name: string): number {
  return weightOf(name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, ''))
}

function weightOf(word: string): number {
  return nouns.find(([form]) => form.test(word))?.[1] ?? 0
}

/** The names most like the one that was asked for, at most three. */
export function nearest(asked: string, known: Iterable<string>): readonly string[] {
  return [...new Set(known)]
    .map(name => ({ name, distance: distance(asked.toLowerCase(), name.toLowerCase()) }))
    .filter(one => one.distance <= Math.max(2, Math.floor(asked.length / 2)))
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(one => one.name)
}

/** Levenshtein's, underscores not counted. */
function distance(from: string, to: string): number {
  const a = from.replaceAll('_', '').slice(0, 63)
  const b = to.replaceAll('_', '').slice(0, 63)
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [line, letter] of Array.from(a).entries()) {
    const next = [line + 1]
    for (const [index, other] of Array.from(b).entries()) {
      const change = (row[index] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(change, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
