import { createHash } from 'node:crypto'
import type { Verdict } from '../../../proof/claims/index.ts'
import { strokes } from '../pages/signs.ts'
import { shortened, widthOf } from './text-width.ts'
import { plain, xml } from './xml.ts'

/** What a badge says. */
export interface Badge {
  /** Whose page it is: its host. */
  readonly host: string
  /** What of it, such as `isolation.rows`. */
  readonly about: string
  readonly verdict: Verdict
  /** How it stands, in words: they carry the meaning without any color. */
  readonly says: string
  /** Where the proof is. */
  readonly href: string
  /** One sentence for whoever hears the badge. */
  readonly describes: string
}

/** Graphemes of each text that is drawn; the whole of it stands in the title. */
const textMax = 60
const sizePx = 12
const heightPx = 28
const padPx = 10
const signPx = 16

// Colors of the page. They are classes of one style sheet, so that the policy can name it by its digest.
const style = [
  'text{font:12px Verdana,Geneva,"DejaVu Sans",sans-serif}',
  '.p{fill:#f4f2ec;stroke:#8b8a86}.i{fill:#1a1b1e}.s{fill:none;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}',
  colors('upheld', '#1a6341'),
  colors('attested', '#2b4b8c'),
  colors('refuted', '#a3231a'),
  colors('unproven', '#745500'),
  colors('planned', '#5a5c64'),
  '@media(prefers-color-scheme:dark){.p{fill:#1b1e22;stroke:#7b7e85}.i{fill:#ebe8e1}',
  colors('upheld', '#79d2a3'),
  colors('attested', '#9db9f5'),
  colors('refuted', '#ff9385'),
  colors('unproven', '#e5c269'),
  colors('planned', '#a9aab0'),
  '}',
].join('')

function colors(name: Verdict, color: string): string {
  return `.${name}{fill:${color}}.s.${name}{fill:none;stroke:${color}}`
}

/** A badge opened by itself is a document: nothing in it runs, and only its own style is taken. */
export const badgePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * The badge as an SVG 1.1 document. Every text is set to the length that its box was made for, so that no font can clip
 * it. It links to the proof where links work; in an image the page around it has to.
 */
export function badgeSvg({ host, about, verdict, says, href, describes }: Badge): string {
  const left = shortened(`${plain(host)} · ${plain(about)}`, textMax)
  const right = shortened(plain(says), textMax)
  const [leftPx, rightPx] = [widthOf(left, sizePx), widthOf(right, sizePx)]
  const signX = padPx + leftPx + 2 * padPx
  const wordX = signX + signPx + padPx / 2
  const widthPx = wordX + rightPx + padPx
  const dividerX = padPx + leftPx + padPx
  const title = `${plain(host)}, ${plain(about)}: ${plain(says)}`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}" viewBox="0 0 ${widthPx} ${heightPx}">`,
    `<style>${style}</style>`,
    `<a href="${xml(href)}" target="_top"><g role="img" aria-labelledby="t d">`,
    `<title id="t">${xml(title)}</title><desc id="d">${xml(plain(describes))}</desc>`,
    `<rect class="p" x="0.5" y="0.5" width="${widthPx - 1}" height="${heightPx - 1}" rx="4"/>`,
    `<path class="p" d="M${dividerX} 1V${heightPx - 1}"/>`,
    text(left, 'i', padPx, leftPx),
    `<path class="s ${verdict}" transform="translate(${signX} 6)" d="${strokes[verdict]}"/>`,
    text(right, verdict, wordX, rightPx),
    '</g></a></svg>\n',
  ].join('\n')
}

function text(words: string, name: string, x: number, lengthPx: number): string {
  return `<text class="${name}" x="${x}" y="18" textLength="${lengthPx}" lengthAdjust="spacingAndGlyphs">${xml(words)}</text>`
}
