import { bare, type Expression } from '../expression/index.ts'

/** Whether a condition holds for every row and everybody, however it is written; a NULL in the row apart. */
export function isAlwaysTrue(expression: Expression): boolean {
  switch (expression.kind) {
    case 'constant':
      return expression.value === true
    case 'cast':
      return isAlwaysTrue(expression.of) || (/^bool/.test(expression.type) && isTrueWord(expression.of))
    case 'and':
      return expression.parts.every(isAlwaysTrue)
    case 'or':
      return expression.parts.some(isAlwaysTrue)
    case 'not':
      return isNeverTrue(expression.of)
    case 'is':
      return (
        (expression.what === 'NOT NULL' && bare(expression.of).kind !== 'select') ||
        (expression.what === 'TRUE' && isAlwaysTrue(expression.of)) ||
        (expression.what === 'NOT FALSE' && isAlwaysTrue(expression.of))
      )
    case 'distinct':
      return expression.not && same(expression.left, expression.right)
    case 'operator':
      return (
        expression.left !== undefined && /^(=|[<>]=)$/.test(expression.name) && same(expression.left, expression.right)
      )
    case 'call':
      return expression.name === 'coalesce' && expression.args.every(one => isAlwaysTrue(one) || isItself(one))
    case 'case':
      return expression.results.every(isAlwaysTrue)
    case 'select':
      return (
        expression.select.from.length === 0 &&
        expression.select.conditions.length === 0 &&
        expression.select.targets.every(isAlwaysTrue)
      )
    case 'exists':
      return expression.select.from.length === 0 && expression.select.conditions.every(isAlwaysTrue)
    default:
      return false
  }
}

/** `coalesce(x = coalesce(setting, x), true)`: what is left when a comparison is empty. */
function isItself(expression: Expression): boolean {
  if (expression.kind !== 'operator' || expression.name !== '=' || expression.left === undefined) return false
  return [
    [expression.left, expression.right],
    [expression.right, expression.left],
  ].some(([one, other]) => {
    const call = other === undefined ? undefined : bare(other)
    return (
      call?.kind === 'call' && call.name === 'coalesce' && call.args.some(arg => one !== undefined && same(arg, one))
    )
  })
}

function isNeverTrue(expression: Expression): boolean {
  if (expression.kind === 'constant') return expression.value === false
  if (expression.kind === 'is') return expression.what === 'NULL'
  if (expression.kind === 'distinct') return !expression.not && same(expression.left, expression.right)
  if (expression.kind === 'not') return isAlwaysTrue(expression.of)
  if (expression.kind !== 'operator' || expression.left === undefined) return false
  const [left, right] = [bare(expression.left), bare(expression.right)]
  const constants = left.kind === 'constant' && right.kind === 'constant'
  if (expression.name === '=') return constants && left.value !== right.value
  return expression.name === '<>' && same(left, right)
}

function isTrueWord(expression: Expression): boolean {
  return (
    expression.kind === 'constant' &&
    typeof expression.value === 'string' &&
    /^(t|true|on|yes|1)$/i.test(expression.value)
  )
}

function same(left: Expression, right: Expression): boolean {
  return JSON.stringify(bare(left)) === JSON.stringify(bare(right))
}
