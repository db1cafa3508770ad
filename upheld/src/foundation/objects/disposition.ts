/** Types that a browser shows without running anything of them. Everything else is a download, as bytes of no type. */
const passive = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'audio/mpeg',
  'audio/ogg',
  'audio/wav',
  'video/mp4',
  'video/webm',
  'text/plain',
  'text/plain;charset=utf-8',
])
// Downloads that keep their type: a browser that is told to save them does not open them as a page.
const saved = new Set(['application/pdf', 'application/zip', 'application/json', 'text/csv'])

/** What an answer says of its type: HTML, SVG, scripts and the unknown lose it, and are never shown in place. */
export function presentation(
  contentType: string,
  wanted: 'attachment' | 'inline',
  fileName: string,
): { readonly 'content-type': string; readonly 'content-disposition': string } {
  const type = passive.has(contentType) || saved.has(contentType) ? contentType : 'application/octet-stream'
  const kind = wanted === 'inline' && passive.has(contentType) ? 'inline' : 'attachment'
  return { 'content-type': type, 'content-disposition': disposition(kind, fileName) }
}

/**
 * RFC 6266, with the name twice: in ASCII for the old, in UTF-8 (RFC 8187) for the rest. Only a last part of a path is
 * left of it, without marks that turn the direction of writing, under which `exe.pdf` can be read where `fdp.exe` stands.
 */
function disposition(kind: string, name: string): string {
  const plain = fileNameOf(name)
  const ascii = plain.replaceAll(/[^\x20-\x7e]|["\\%]/gu, '_')
  const encoded = encodeURIComponent(plain).replaceAll(
    /['()*!]/g,
    mark => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${encoded}`
}

function fileNameOf(name: string): string {
  const [last = ''] = name.split(/[/\\]/).slice(-1)
  const plain = last
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}<>:"|?*]/gu, '_')
    .replace(/^[\s.]+/u, '')
    .replace(/[\s.]+$/u, '')
  const cut = Array.from(plain).slice(-120).join('')
  return cut === '' ? 'file' : cut
}
