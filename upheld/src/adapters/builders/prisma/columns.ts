import { ColumnTypeEnum, DriverAdapterError, type ColumnType } from '@prisma/driver-adapter-utils'
import pg from 'pg'
import type { RowShape } from '../../../foundation/tenancy/index.ts'
import { toTime, toTimestamp, toTimestampWithZone } from './times.ts'

type Parser = (text: string) => unknown

interface Kind {
  readonly scalar: ColumnType
  readonly list: ColumnType
  /** From Postgres' text to what Prisma reads. */
  readonly parse: Parser
  /** Object ids of the type and of its array, see pg_type.dat. */
  readonly types: readonly (readonly [type: number, array: number])[]
}

const asItIs: Parser = text => text
const builtin = pg.types.getTypeParser as (typeId: number) => Parser
const bytes = builtin(17)
const texts = builtin(1009)

const kinds: readonly Kind[] = [
  {
    scalar: ColumnTypeEnum.Int32,
    list: ColumnTypeEnum.Int32Array,
    parse: Number,
    types: [
      [21, 1005],
      [23, 1007],
    ],
  },
  {
    scalar: ColumnTypeEnum.Int64,
    list: ColumnTypeEnum.Int64Array,
    parse: asItIs,
    types: [
      [20, 1016],
      [26, 1028],
    ],
  },
  { scalar: ColumnTypeEnum.Float, list: ColumnTypeEnum.FloatArray, parse: Number, types: [[700, 1021]] },
  { scalar: ColumnTypeEnum.Double, list: ColumnTypeEnum.DoubleArray, parse: Number, types: [[701, 1022]] },
  { scalar: ColumnTypeEnum.Numeric, list: ColumnTypeEnum.NumericArray, parse: asItIs, types: [[1700, 1231]] },
  {
    scalar: ColumnTypeEnum.Numeric,
    list: ColumnTypeEnum.NumericArray,
    // The sign of the currency stands before the number, or before its minus.
    parse: text => text.replace(/[^\d.-]/g, ''),
    types: [[790, 791]],
  },
  {
    scalar: ColumnTypeEnum.Boolean,
    list: ColumnTypeEnum.BooleanArray,
    parse: text => text === 't',
    types: [[16, 1000]],
  },
  { scalar: ColumnTypeEnum.Date, list: ColumnTypeEnum.DateArray, parse: asItIs, types: [[1082, 1182]] },
  {
    scalar: ColumnTypeEnum.Time,
    list: ColumnTypeEnum.TimeArray,
    parse: toTime,
    types: [
      [1083, 1183],
      [1266, 1270],
    ],
  },
  { scalar: ColumnTypeEnum.DateTime, list: ColumnTypeEnum.DateTimeArray, parse: toTimestamp, types: [[1114, 1115]] },
  {
    scalar: ColumnTypeEnum.DateTime,
    list: ColumnTypeEnum.DateTimeArray,
    parse: toTimestampWithZone,
    types: [[1184, 1185]],
  },
  {
    scalar: ColumnTypeEnum.Json,
    list: ColumnTypeEnum.JsonArray,
    parse: asItIs,
    types: [
      [114, 199],
      [3802, 3807],
    ],
  },
  { scalar: ColumnTypeEnum.Uuid, list: ColumnTypeEnum.UuidArray, parse: asItIs, types: [[2950, 2951]] },
  { scalar: ColumnTypeEnum.Bytes, list: ColumnTypeEnum.BytesArray, parse: bytes, types: [[17, 1001]] },
  { scalar: ColumnTypeEnum.Text, list: ColumnTypeEnum.CharacterArray, parse: asItIs, types: [[18, 1002]] },
  {
    scalar: ColumnTypeEnum.Text,
    list: ColumnTypeEnum.TextArray,
    parse: asItIs,
    // text, varchar, bpchar, name, bit, varbit, inet, cidr, xml
    types: [
      [25, 1009],
      [1043, 1015],
      [1042, 1014],
      [19, 1003],
      [1560, 1561],
      [1562, 1563],
      [869, 1041],
      [650, 651],
      [142, 143],
    ],
  },
]

const known = new Map<number, { readonly column: ColumnType; readonly parse: Parser }>(
  kinds.flatMap(({ scalar, list, parse, types }) =>
    types.flatMap(([type, array]): [number, { column: ColumnType; parse: Parser }][] => [
      [type, { column: scalar, parse }],
      [array, { column: list, parse: text => listOf(text, parse) }],
    ]),
  ),
)

/** Ids below this are Postgres' own; above are the types that somebody made, such as enums, which Prisma reads as text. */
const firstOfSomebody = 16_384

/** @throws DriverAdapterError of the kind UnsupportedNativeDataType, as Prisma's own driver does */
export function columnTypeOf(typeId: number): ColumnType {
  const found = known.get(typeId)
  if (found !== undefined) return found.column
  if (typeId >= firstOfSomebody) return ColumnTypeEnum.Text
  throw new DriverAdapterError({ kind: 'UnsupportedNativeDataType', type: `type ${typeId} of pg_type` })
}

/** Rows as Prisma wants them: arrays, with values that keep every digit. */
export const prismaRows: RowShape = Object.freeze({
  arrays: true,
  types: Object.freeze({ getTypeParser: (typeId: number) => known.get(typeId)?.parse ?? asItIs }),
})

/** Postgres' text of an array, with elements parsed where they are not null, at any depth. */
function listOf(text: string, parse: Parser): unknown {
  const deep = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(deep) : typeof value === 'string' ? parse(value) : null
  return deep(texts(text))
}
