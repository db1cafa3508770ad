import { basic, eastern, unicodeRange, western } from './characters.ts'

/**
 * A font file of ours in `fonts/`, with the range of characters that it draws. All are cut by `npm run fonts` out of
 * Source Serif, Source Sans and Source Code Pro, and stand under the SIL Open Font License 1.1 (`fonts/OFL.txt`).
 */
export interface Face {
  readonly family: string
  readonly weights: string
  readonly file: string
  readonly range: string
  /** Whether it draws what every page is written with. */
  readonly basic: boolean
  /** Asked for before the style sheet is read, since every page sets text in it. */
  readonly preload: boolean
}

const subsets = [
  ['', basic],
  ['-western', western],
  ['-eastern', eastern],
] as const

function face(family: string, weights: string, preload: boolean): readonly Face[] {
  const name = family.toLowerCase().replaceAll(' ', '-')
  return subsets.map(([suffix, characters]) => ({
    family,
    weights,
    file: `${name}${suffix}`,
    range: unicodeRange(characters),
    basic: suffix === '',
    preload: preload && suffix === '',
  }))
}

export const faces: readonly Face[] = [
  ...face('Upheld Serif', '400', true),
  ...face('Upheld Display', '400', true),
  ...face('Upheld Sans', '400 600', true),
  ...face('Upheld Mono', '400', false),
]
