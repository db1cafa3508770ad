interface Mixed {
  readonly element: string
  /** Without its query. */
  readonly address: string
  /** Runs, frames or takes what people type; the rest is only shown. */
  readonly active: boolean
}

const mixedShownMax = 20

/** What each element loads, by attribute. A link in `<a>` loads nothing. */
const loads: Readonly<Record<string, { readonly attributes: readonly string[]; readonly active: boolean }>> = {
  script: { attributes: ['src'], active: true },
  iframe: { attributes: ['src'], active: true },
  frame: { attributes: ['src'], active: true },
  embed: { attributes: ['src'], active: true },
  object: { attributes: ['data'], active: true },
  form: { attributes: ['action'], active: true },
  button: { attributes: ['formaction'], active: true },
  input: { attributes: ['formaction', 'src'], active: true },
  link: { attributes: ['href'], active: true },
  base: { attributes: ['href'], active: true },
  img: { attributes: ['src', 'srcset'], active: false },
  source: { attributes: ['src', 'srcset'], active: false },
  video: { attributes: ['src', 'poster'], active: false },
  audio: { attributes: ['src'], active: false },
  track: { attributes: ['src'], active: false },
}

/** Relations of a link that load something; others, such as canonical, only name. */
const loadingRelations = /\b(stylesheet|icon|preload|modulepreload|prefetch|manifest)\b/i

/** Elements of a page that name a plain-HTTP address for what they load. Read by pattern, not by a parser: comments and scripts are passed over. */
export function mixedIn(page: string): readonly Mixed[] {
  const found: Mixed[] = []
  const text = page.replace(/<!--[^]*?(-->|$)/g, '').replace(/(<script\b[^<>]*>)[^]*?(<\/script|$)/gi, '$1')
  for (const [, tag = '', inner = ''] of text.matchAll(/<([a-z]{3,8})\b([^<>]{0,4000})>/gi)) {
    const element = tag.toLowerCase()
    const known = loads[element]
    if (known === undefined) continue
    const attributes = attributesOf(inner)
    if (element === 'link' && !loadingRelations.test(attributes.get('rel') ?? '')) continue
    for (const name of known.attributes) {
      const address = /(?:^|[\s,])(http:\/\/[^\s,?#]+)/i.exec(attributes.get(name) ?? '')?.[1]
      if (address !== undefined) found.push({ element, address, active: known.active })
      if (found.length >= mixedShownMax) return found
    }
  }
  return found
}

function attributesOf(text: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>()
  for (const [, name = '', double, single, bare] of text.matchAll(
    /([a-z][a-z-]{0,30})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi,
  )) {
    attributes.set(name.toLowerCase(), double ?? single ?? bare ?? '')
  }
  return attributes
}
