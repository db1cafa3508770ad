import { canonicalJson, type Json, type JsonObject } from '../../core/json.ts'

// What differs between two definitions of one claim, in words: that the code of an attack was replaced is public.

const words: Readonly<Record<string, string>> = {
  kind: 'how it is shown to be true',
  sentence: 'its sentence',
  population: 'what it covers',
  freshnessMins: 'how often it is attacked',
  observationsMin: 'how many attacks it takes',
  timeoutSecs: 'how long an attack may take',
  assumptions: 'what it rests on',
  notCovered: 'what it does not cover',
  mappings: 'which standards it answers',
  sabotages: 'what is broken to try the attack',
  sabotagesCode: 'the code that breaks copies of the system',
  by: 'who states it',
  statedAt: 'when it was stated',
  expiresAt: 'until when it is stated',
  documentDigest: 'the document',
}

/** The parts that differ, each once, in words. Empty when nothing that is known differs. */
export function partsChanged(before: JsonObject, after: JsonObject): readonly string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  const parts = keys.filter(key => !equal(before[key], after[key])).flatMap(key => partWords(key, before, after))
  return [...new Set(parts)]
}

function partWords(key: string, before: JsonObject, after: JsonObject): readonly string[] {
  if (key === 'probe' || key === 'instruments') {
    const code = codesOf(before).join() === codesOf(after).join() ? [] : ['the code of its attack']
    const says = equal(without(before[key]), without(after[key])) ? [] : ['what its attack does, in words']
    return [...code, ...says]
  }
  const known = words[key]
  return known === undefined ? [] : [known]
}

/** `sha256:` digests of the code that attacks, in the order of the definition. */
export function codesOf(definition: JsonObject): readonly string[] {
  const { probe, instruments } = definition
  const all = Array.isArray(instruments) ? instruments : [probe]
  return all.flatMap((one: Json | undefined) => {
    const code = isObject(one) ? one['code'] : undefined
    return typeof code === 'string' ? [code] : []
  })
}

function without(value: Json | undefined): Json {
  const list = Array.isArray(value) ? value : [value]
  return list.map((one: Json | undefined) => (isObject(one) ? { ...one, code: '' } : ''))
}

function equal(one: Json | undefined, other: Json | undefined): boolean {
  return canonicalJson(one ?? null) === canonicalJson(other ?? null)
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
