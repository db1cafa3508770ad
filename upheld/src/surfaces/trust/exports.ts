import type { TrustReport } from '../../proof/claims/index.ts'
import { exported, formats, openFormats, type OpenFormat } from '../../proof/exports/index.ts'

interface Export {
  readonly type: string
  readonly body: string
}

const byFile: ReadonlyMap<string, OpenFormat> = new Map(openFormats.map(format => [formats[format].file, format]))

/** Names of the files under /security/exports, in the order of the list that is shown. */
export const exportFiles: readonly string[] = [...byFile.keys()]

/** The report as this file; undefined when there is no such file. Their references to one another hold in this folder. */
export function exportAt(file: string, report: TrustReport): Export | undefined {
  const format = byFile.get(file)
  return format === undefined ? undefined : { type: formats[format].media, body: exported(format, report) }
}
