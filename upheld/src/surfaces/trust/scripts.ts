import { readdirSync, readFileSync } from 'node:fs'

const folder = new URL('check/', import.meta.url)

/** The scripts of the page "Check it yourself", by file name: plain JavaScript, served as it is written. */
export function readScripts(): ReadonlyMap<string, string> {
  const names = readdirSync(folder).filter(name => name.endsWith('.js'))
  return new Map(names.map(name => [name, readFileSync(new URL(name, folder), 'utf8')]))
}
