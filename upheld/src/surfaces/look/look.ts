import { createHash } from 'node:crypto'
import { brotliCompressSync, constants } from 'node:zlib'
import { html } from 'hono/html'
import { faces } from './faces.ts'
import { takesBrotli } from './brotli.ts'
import { faceRule, type Kind, readFile, styleOf } from './style.ts'

/** Escaped markup, as `hono/html` makes it. */
export type Markup = ReturnType<typeof html>

export interface Look {
  /** Answers `/look/...`, undefined for every other path. */
  readonly fetch: (request: Request) => Response | undefined
  /** For the head of every page: character set, viewport, color schemes, fonts, the sheets of its kind, icon. */
  readonly headTags: (kind?: Kind) => Markup
}

interface Asset {
  readonly path: string
  readonly type: string
  readonly bytes: Uint8Array<ArrayBuffer>
  /** By brotli, of what is text: the same for everybody, with no secret in it. Fonts are packed as they are. */
  readonly packed?: () => Uint8Array<ArrayBuffer>
}

const folder = '/look/'
const yearSecs = 365 * 24 * 60 * 60

/**
 * Reads the sheets and the fonts, about 0.2 MB, and names each by its digest, so that a browser may keep it for a
 * year and never shows an old one.
 * @throws look.file_missing
 */
export function openLook(): Look {
  const fonts = faces.map(face => ({
    face,
    asset: named(face.file, 'woff2', 'font/woff2', readFile(`fonts/${face.file}.woff2`)),
  }))
  const rules = fonts.map(({ face, asset }) => faceRule(face, asset.path))
  const sheet = (kind: Kind): Asset =>
    named(kind, 'css', 'text/css; charset=utf-8', Buffer.from([...rules, styleOf(kind)].join('\n')))
  const styles = { set: sheet('set'), work: sheet('work'), console: sheet('console') }
  const icon = named('icon', 'svg', 'image/svg+xml', readFile('style/icon.svg'))
  const all = [...Object.values(styles), icon, ...fonts.map(font => font.asset)]
  const assets = new Map(all.map(asset => [asset.path, asset]))
  const preloads = fonts.filter(font => font.face.preload).map(font => font.asset.path)
  return Object.freeze({
    fetch: (request: Request) => answer(assets, request),
    headTags: (kind: Kind = 'work') => tags({ style: styles[kind].path, icon: icon.path, preloads }),
  })
}

function answer(assets: ReadonlyMap<string, Asset>, request: Request): Response | undefined {
  const { pathname } = new URL(request.url)
  if (!pathname.startsWith(folder)) return undefined
  const asset = assets.get(pathname)
  const safe = { 'x-content-type-options': 'nosniff', 'content-security-policy': "default-src 'none'" }
  if (asset === undefined) return new Response(null, { status: 404, headers: safe })
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return new Response(null, { status: 405, headers: { ...safe, allow: 'GET, HEAD' } })
  }
  const packed = takesBrotli(request) ? asset.packed?.() : undefined
  const bytes = packed ?? asset.bytes
  const headers = {
    ...safe,
    'content-type': asset.type,
    'content-length': String(bytes.byteLength),
    ...(packed === undefined ? {} : { 'content-encoding': 'br' }),
    ...(asset.packed === undefined ? {} : { vary: 'accept-encoding' }),
    'cache-control': `public, max-age=${yearSecs}, immutable`,
    'cross-origin-resource-policy': 'same-origin',
  }
  return new Response(request.method === 'HEAD' ? null : bytes, { headers })
}

interface Linked {
  readonly style: string
  readonly icon: string
  readonly preloads: readonly string[]
}

function tags({ style, icon, preloads }: Linked): Markup {
  return html`<meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    ${preloads.map(path => html`<link rel="preload" href="${path}" as="font" type="font/woff2" crossorigin />`)}
    <link rel="stylesheet" href="${style}" />
    <link rel="icon" type="image/svg+xml" href="${icon}" />`
}

function named(name: string, ending: string, type: string, content: Buffer): Asset {
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 16)
  const asset = { path: `${folder}${name}.${digest}.${ending}`, type, bytes: new Uint8Array(content) }
  return ending === 'woff2' ? asset : { ...asset, packed: packing(content) }
}

/** Packed when somebody asks for it first: scratch copies open a look each, and few are asked for one. */
function packing(content: Buffer): () => Uint8Array<ArrayBuffer> {
  let packed: Uint8Array<ArrayBuffer> | undefined
  return () => {
    packed ??= new Uint8Array(brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }))
    return packed
  }
}
