const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** Widths in em, about those of the widest common sans faces: text set to such a length is at most a little loose. */
const classes: readonly (readonly [RegExp, number])[] = [
  [/^[ijl.,:;|!'’`·]$/, 0.36],
  [/^[frtI()[\]{}/\\ -]$/, 0.46],
  [/^[mwMW@%—…]$/, 0.98],
  [/^[A-Z&#+=<>~]$/, 0.74],
  [/^[0-9a-z$_?*"]$/, 0.63],
  // Letters beyond ASCII, of scripts whose letters are about as wide as Latin ones.
  [/^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Hebrew}\p{Script=Arabic}]\p{M}*$/u, 0.72],
]
const wide = 1.3

/** How long a text is, in pixels, whatever characters it has. An estimate: the text is then set to this length. */
export function widthOf(text: string, sizePx: number): number {
  const em = [...graphemes.segment(text)].reduce((sum, { segment }) => sum + widthOfOne(segment), 0)
  return Math.ceil(em * sizePx)
}

function widthOfOne(grapheme: string): number {
  return classes.find(([form]) => form.test(grapheme))?.[1] ?? wide
}

/** The text with at most `max` graphemes, the middle left out: its beginning and its end can be recognized. */
export function shortened(text: string, max: number): string {
  const all = [...graphemes.segment(text)].map(({ segment }) => segment)
  if (all.length <= max) return text
  const head = Math.floor((max - 1) / 3)
  return `${all.slice(0, head).join('')}…${all.slice(all.length - (max - 1 - head)).join('')}`
}
