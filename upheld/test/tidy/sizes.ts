import ts from 'typescript'
import { place, walk, type Offense, type Source } from './source.ts'

export const linesMax = 400
export const linesNoted = 250
const functionLinesMax = 70

export function lineCount(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
}

/** The body of a `suite`, and of a `test` that only holds subtests, is a table of contents: what it holds is measured. */
function isContents(node: ts.Node): boolean {
  const { parent } = node
  if (!ts.isCallExpression(parent) || !/^(suite|test)$/.test(parent.expression.getText())) return false
  let holds = false
  walk(node, inner => {
    if (inner !== node && ts.isCallExpression(inner) && /^(test|\w+\.test)$/.test(inner.expression.getText()))
      holds = true
  })
  return holds
}

export function longFunctions(source: Source): Offense[] {
  const offenses: Offense[] = []
  walk(source.tree, node => {
    if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined || isContents(node)) return
    const from = source.tree.getLineAndCharacterOfPosition(node.getStart(source.tree)).line
    const lines = source.tree.getLineAndCharacterOfPosition(node.end).line - from + 1
    if (lines > functionLinesMax) {
      offenses.push({
        at: place(source, node),
        says: `a function of ${lines} lines: split it by mechanism (at most 70)`,
      })
    }
  })
  return offenses
}
