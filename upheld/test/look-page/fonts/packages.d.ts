// The two packages come without types: only what is used here is told.
declare module 'subset-font' {
  /** An axis is pinned to one value, or narrowed. */
  type Axis = number | { readonly min: number; readonly max: number }
  function subsetFont(
    font: Buffer,
    text: string,
    options: {
      readonly targetFormat: 'sfnt'
      readonly variationAxes: Readonly<Record<string, Axis>>
      readonly keepFeatures: readonly string[]
      readonly noHinting: boolean
      readonly dropTables: readonly string[]
    },
  ): Promise<Buffer>
  export = subsetFont
}

declare module 'fontverter' {
  export function convert(font: Buffer, to: 'sfnt' | 'woff2'): Promise<Buffer>
}
