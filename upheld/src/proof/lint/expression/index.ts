export { parseExpression } from './parse.ts'
export { bare, partsOf, type Expression, type Select, type Source } from './tree.ts'
