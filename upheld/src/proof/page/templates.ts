import { readFileSync } from 'node:fs'
import type { PageKind } from './kinds.ts'

/** A source to begin with, for a page of this kind. Names and addresses in it are invented. */
export function pageTemplate(kind: PageKind): Buffer {
  return readFileSync(new URL(`./templates/${kind}.md`, import.meta.url))
}
