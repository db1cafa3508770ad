import { basic, eastern, western } from '../../../src/surfaces/look/index.ts'

/** One file of ours, cut out of a file of a package. */
export interface Cut {
  /** The file's name without its ending, such as `upheld-serif`. */
  readonly name: string
  readonly family: string
  /** Of the package, the subset that it is cut from. */
  readonly from: string
  readonly characters: string
  readonly axes: Readonly<Record<string, number | { readonly min: number; readonly max: number }>>
  readonly features: readonly string[]
}

const faces = [
  // Drawn for reading, and drawn for headings: two points of the axis of optical sizes, which itself weighs twice as much.
  { name: 'upheld-serif', family: 'Upheld Serif', from: 'source-serif-4', cut: 'opsz', axes: { wght: 400, opsz: 16 } },
  {
    name: 'upheld-display',
    family: 'Upheld Display',
    from: 'source-serif-4',
    cut: 'opsz',
    axes: { wght: 410, opsz: 44 },
  },
  {
    name: 'upheld-sans',
    family: 'Upheld Sans',
    from: 'source-sans-3',
    cut: 'wght',
    axes: { wght: { min: 400, max: 600 } },
  },
  { name: 'upheld-mono', family: 'Upheld Mono', from: 'source-code-pro', cut: 'wght', axes: { wght: 400 } },
] as const

const subsets = [
  { suffix: '', characters: basic, of: 'latin' },
  { suffix: '-western', characters: western, of: 'latin' },
  { suffix: '-eastern', characters: eastern, of: 'latin-ext' },
] as const

export const cuts: readonly Cut[] = faces.flatMap(({ name, family, from, cut, axes }) =>
  subsets.map(({ suffix, characters, of }) => ({
    name: `${name}${suffix}`,
    family,
    from: `@fontsource-variable/${from}/files/${from}-${of}-${cut}-normal.woff2`,
    characters,
    axes,
    features: name === 'upheld-sans' ? ['kern', 'mark', 'tnum'] : name === 'upheld-mono' ? [] : ['kern', 'mark'],
  })),
)
