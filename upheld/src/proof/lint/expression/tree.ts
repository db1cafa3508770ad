/** An expression as far as the linter understands SQL; what it does not is `unknown`, never left out. */
export type Expression =
  | { readonly kind: 'constant'; readonly value: string | boolean | null }
  | { readonly kind: 'column'; readonly path: readonly string[] }
  /** Functions of Postgres itself are printed without a schema, all others with theirs: `auth.uid`. */
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | {
      readonly kind: 'operator'
      readonly name: string
      readonly left: Expression | undefined
      readonly right: Expression
    }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Expression[] }
  | { readonly kind: 'not'; readonly of: Expression }
  /** `x is not null` and its like: `what` in capitals, such as `NOT NULL`. */
  | { readonly kind: 'is'; readonly what: string; readonly of: Expression }
  | { readonly kind: 'distinct'; readonly not: boolean; readonly left: Expression; readonly right: Expression }
  /** `x = any (...)`, and `x in (select ...)`, which is the same. */
  | { readonly kind: 'any' | 'all'; readonly name: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'exists'; readonly select: Select }
  | { readonly kind: 'select'; readonly select: Select }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'cast'; readonly of: Expression; readonly type: string }
  | { readonly kind: 'case'; readonly conditions: readonly Expression[]; readonly results: readonly Expression[] }
  /** `inside`: what could be read of it. */
  | { readonly kind: 'unknown'; readonly inside: readonly Expression[] }

export interface Select {
  readonly targets: readonly Expression[]
  readonly from: readonly Source[]
  /** Conditions of its joins and its WHERE, all of which hold. */
  readonly conditions: readonly Expression[]
  /** Nothing but targets, FROM with inner joins, and WHERE. */
  readonly plain: boolean
}

export interface Source {
  /** Schema and name, or the name alone for one of Postgres itself. */
  readonly path: readonly string[]
  readonly alias: string
}

/** Every expression directly inside another. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'constant':
    case 'column':
      return []
    case 'call':
      return expression.args
    case 'operator':
      return expression.left === undefined ? [expression.right] : [expression.left, expression.right]
    case 'and':
    case 'or':
      return expression.parts
    case 'not':
    case 'is':
    case 'cast':
      return [expression.of]
    case 'distinct':
    case 'any':
    case 'all':
      return [expression.left, expression.right]
    case 'exists':
    case 'select':
      return [...expression.select.targets, ...expression.select.conditions]
    case 'list':
      return expression.items
    case 'case':
      return [...expression.conditions, ...expression.results]
    case 'unknown':
      return expression.inside
  }
}

/** Without the casts around it. */
export function bare(expression: Expression): Expression {
  return expression.kind === 'cast' ? bare(expression.of) : expression
}
