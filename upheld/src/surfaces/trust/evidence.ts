/** A public file of the evidence log, as its server gives it. */
export interface EvidenceFile {
  readonly bytes: Uint8Array
  readonly contentType: string
  /** Whether these bytes stand under this path for ever. */
  readonly immutable: boolean
}

/** Answers with a file of the log, undefined when there is none. Its path was checked. */
export type ReadEvidence = (path: string) => Promise<EvidenceFile | undefined>

/** All that may be asked for: checkpoint, key, bundle, proofs, and the tiles of C2SP tlog-tiles with partial widths. */
const form =
  /^(?:checkpoint|key|bundle|proof\/(?:0|[1-9]\d{0,8})\.tlog-proof|tile\/(?:\d|[1-5]\d|6[0-3]|entries)\/(?:x\d{3}\/){0,5}\d{3}(?:\.p\/(?:[1-9]\d?|1\d\d|2[0-4]\d|25[0-5]))?)$/

/** A path below the evidence folder that can exist; anything else is refused before a file or table is asked. */
export function isEvidencePath(path: string): boolean {
  return form.test(path)
}

/** The log is public, so any page may read it. What moves is asked about each time; a tile never changes again. */
export function evidenceHeaders(
  path: string,
  { contentType, immutable }: EvidenceFile,
): Readonly<Record<string, string>> {
  const entry = /^proof\/(\d+)\.tlog-proof$/.exec(path)?.[1]
  const name = path === 'bundle' ? 'evidence.json' : entry === undefined ? undefined : `entry-${entry}.tlog-proof`
  return {
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
    'content-type': contentType,
    'cache-control': immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    ...(name === undefined ? {} : { 'content-disposition': `attachment; filename="${name}"` }),
  }
}
