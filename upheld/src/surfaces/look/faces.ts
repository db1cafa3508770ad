/** A font file of an npm package, with the range of characters that it draws. All are under the SIL Open Font License 1.1. */
export interface Face {
  readonly family: string
  readonly weights: string
  readonly style: 'normal' | 'italic'
  readonly module: string
  readonly range: string
  /** Asked for before the style sheet is read, since every page sets text in it. */
  readonly preload: boolean
}

const latin =
  'U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,U+0329,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD'
const latinExtended =
  'U+0100-02BA,U+02BD-02C5,U+02C7-02CC,U+02CE-02D7,U+02DD-02FF,U+0304,U+0308,U+0329,U+1D00-1DBF,U+1E00-1E9F,U+1EF2-1EFF,U+2020,U+20A0-20AB,U+20AD-20C0,U+2113,U+2C60-2C7F,U+A720-A7FF'

function face(family: string, weights: string, cut: string, preload = false): readonly Face[] {
  const name = family.toLowerCase().replaceAll(' ', '-')
  const shape = { family, weights, style: 'normal' } as const
  const file = (subset: string) => `@fontsource-variable/${name}/files/${name}-${subset}-${cut}-normal.woff2`
  return [
    { ...shape, module: file('latin'), range: latin, preload },
    { ...shape, module: file('latin-ext'), range: latinExtended, preload: false },
  ]
}

/** The serif has its optical sizes: a heading is drawn finer than a sentence. */
export const faces: readonly Face[] = [
  ...face('Source Serif 4', '200 900', 'opsz', true),
  ...face('Source Sans 3', '200 900', 'wght', true),
  ...face('Source Code Pro', '200 900', 'wght'),
]
