/** Every page is written with these: ASCII, a no-break space, and the marks that our pages and a careful author set. */
export const basic = `${range(0x20, 0x7e)}\u00a0§©°±·×–—‘’“”•…›−`
/** Latin-1 and what Western Europe writes beside it: fetched by a page that has such a letter, and by no other. */
export const western = Array.from(`${range(0xa1, 0xff)}Œœı‚„‹⁄€™`)
  .filter(one => !basic.includes(one))
  .join('')
/** Latin Extended-A: Central and Eastern Europe, Turkey, the Baltic; without seven letters that our fonts do not draw. */
export const eastern = Array.from(range(0x0100, 0x017f))
  .filter(one => !`${western}ĬĭĲĳŦŧ`.includes(one))
  .join('')

/** As `unicode-range` takes it. */
export function unicodeRange(characters: string): string {
  const points = Array.from(characters, one => one.codePointAt(0) ?? 0).sort((one, other) => one - other)
  const runs: [first: number, last: number][] = []
  for (const point of points) {
    const open = runs.at(-1)
    if (open !== undefined && open[1] === point - 1) open[1] = point
    else runs.push([point, point])
  }
  const hex = (point: number): string => point.toString(16).toUpperCase()
  return runs.map(([first, last]) => `U+${hex(first)}${first === last ? '' : `-${hex(last)}`}`).join(',')
}

function range(first: number, last: number): string {
  return String.fromCodePoint(...Array.from({ length: last - first + 1 }, (_, place) => first + place))
}
