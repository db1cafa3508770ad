import { valuesOf, type Answer } from './wire/request.ts'

/** Directives of each enforced policy, by name in lower case. */
export type Policies = readonly ReadonlyMap<string, readonly string[]>[]

/** Sources that name no host: everybody's scripts. */
export const hostless: ReadonlySet<string> = new Set([
  '*',
  'http:',
  'https:',
  'data:',
  'blob:',
  'http://*',
  'https://*',
])

/** What the headers say. A policy in a meta element is left out: it cannot forbid frames, and comes late. */
export function policiesOf(answer: Answer): { readonly enforced: Policies; readonly reported: boolean } {
  return {
    enforced: valuesOf(answer, 'content-security-policy')
      .flatMap(value => value.split(','))
      .map(parse)
      .filter(directives => directives.size > 0),
    reported: valuesOf(answer, 'content-security-policy-report-only').length > 0,
  }
}

/** The first of two directives of one name counts, as CSP 3 has it. */
function parse(text: string): ReadonlyMap<string, readonly string[]> {
  const directives = new Map<string, readonly string[]>()
  for (const part of text.split(';')) {
    const [name = '', ...values] = part.trim().split(/\s+/)
    const key = name.toLowerCase()
    if (key !== '' && !directives.has(key)) directives.set(key, values)
  }
  return directives
}

/** The sources of a fetch directive, or those of default-src; undefined when neither is there. */
export function sourcesFor(directives: Policies[number], name: string): readonly string[] | undefined {
  return directives.get(name) ?? directives.get('default-src')
}

/** The words in single quotes. Keywords are compared in lower case, nonces and hashes are left as they are. */
export function keywordsIn(sources: readonly string[] | undefined): readonly string[] {
  return (sources ?? [])
    .filter(source => source.startsWith("'"))
    .map(source =>
      /^'(nonce|sha\d)/i.test(source) ? source.replace(/^'\w+/, word => word.toLowerCase()) : source.toLowerCase(),
    )
}
