import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'
import { html } from 'hono/html'
import { refuse } from './errors.ts'
import { type Face, faces } from './faces.ts'

/** Escaped markup, as `hono/html` makes it. */
export type Markup = ReturnType<typeof html>

export interface Look {
  /** Answers `/look/...`, undefined for every other path. */
  readonly fetch: (request: Request) => Response | undefined
  /**
   * For the head of every page: character set, viewport, color schemes, fonts, style sheet, icon. `more`: a sheet besides, for
   * pages that the public never sees.
   */
  readonly headTags: (more?: 'console') => Markup
}

interface Asset {
  readonly path: string
  readonly type: string
  readonly bytes: Uint8Array<ArrayBuffer>
  /** By brotli, of what is text: the same for everybody, with no secret in it. Fonts are packed as they are. */
  readonly packed?: () => Uint8Array<ArrayBuffer>
}

const sheets = [
  'tokens',
  'base',
  'controls',
  'work',
  'people',
  'organization',
  'access',
  'document',
  'record',
  'wide',
  'print',
]
const folder = '/look/'
const yearSecs = 365 * 24 * 60 * 60

/**
 * Reads the style sheet and the fonts, about 0.4 MB, and names each by its digest, so that a browser may keep it for a
 * year and never shows an old one.
 * @throws look.file_missing
 */
export function openLook(): Look {
  const fonts = faces.map(face => ({ face, asset: fontAsset(face) }))
  const rules = fonts.map(({ face, asset }) => faceRule(face, asset.path))
  const text = [...rules, ...sheets.map(sheet => read(new URL(`style/${sheet}.css`, import.meta.url).href))]
  const style = named('style', 'css', 'text/css; charset=utf-8', Buffer.from(text.join('\n')))
  const operator = sheetOf('console')
  const icon = named('icon', 'svg', 'image/svg+xml', read(new URL('style/icon.svg', import.meta.url).href))
  const assets = new Map([style, operator, icon, ...fonts.map(font => font.asset)].map(asset => [asset.path, asset]))
  const preloads = fonts.filter(font => font.face.preload).map(font => font.asset.path)
  return Object.freeze({
    fetch: (request: Request) => answer(assets, request),
    headTags: (more?: 'console') =>
      tags([style.path, ...(more === 'console' ? [operator.path] : [])], icon.path, preloads),
  })
}

function sheetOf(name: string): Asset {
  return named(name, 'css', 'text/css; charset=utf-8', read(new URL(`style/${name}.css`, import.meta.url).href))
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

/** Browsers name it over TLS and on the loopback address alone. `br;q=0` is a refusal. */
function takesBrotli(request: Request): boolean {
  const given = (request.headers.get('accept-encoding') ?? '').split(',')
  return given.some(one => /^\s*br\s*(;\s*q\s*=\s*(1|0\.\d*[1-9]).*)?$/i.test(one))
}

function tags(stylePaths: readonly string[], iconPath: string, preloads: readonly string[]): Markup {
  return html`<meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    ${preloads.map(path => html`<link rel="preload" href="${path}" as="font" type="font/woff2" crossorigin />`)}
    ${stylePaths.map(path => html`<link rel="stylesheet" href="${path}" />`)}
    <link rel="icon" type="image/svg+xml" href="${iconPath}" />`
}

function fontAsset(face: Face): Asset {
  const name = face.module.split('/').at(-1)?.replace('.woff2', '') ?? 'font'
  return named(name, 'woff2', 'font/woff2', read(resolve(face.module)))
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
    packed ??= new Uint8Array(brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }))
    return packed
  }
}

function faceRule(face: Face, path: string): string {
  return (
    `@font-face{font-family:'${face.family}';font-style:${face.style};font-weight:${face.weights};font-display:swap;` +
    `src:url(${path}) format('woff2');unicode-range:${face.range}}`
  )
}

function resolve(module: string): string {
  try {
    return import.meta.resolve(module)
  } catch (cause) {
    throw refuse.file_missing({ detail: module, cause })
  }
}

function read(url: string): Buffer {
  try {
    return readFileSync(fileURLToPath(url))
  } catch (cause) {
    throw refuse.file_missing({ detail: url, cause })
  }
}
