import { contractBytesMax, contractDigest, readContract, type Contract } from './contract.ts'
import { refuse } from './errors.ts'
import { readGrant, readRenewal, readState, type Grant, type GrantedSide } from './grant.ts'
import { mustAnswer, type ServiceLine } from './line.ts'

/** Addresses of the service's side. They are part of every contract. */
export const outsiderPaths = Object.freeze({
  page: '/security/outsiders',
  contract: '/security/outsiders.json',
  schema: '/security/outsiders.schema.json',
  runs: '/security/outsiders/runs',
  run: '/security/outsiders/runs/own',
  renewal: '/security/outsiders/runs/own/renewal',
  state: '/security/outsiders/runs/own/state',
})

interface Published {
  readonly contract: Contract
  readonly digest: string
}

/** @throws outsiders.no_outsiders, outsiders.bad_contract, and what the line throws */
export async function fetchContract(line: ServiceLine): Promise<Published> {
  const asked = { method: 'GET', target: outsiderPaths.contract, headers: { accept: 'application/json' } }
  const answer = await line.ask(asked, { bytesMax: contractBytesMax })
  const contract = readContract(mustAnswer(answer, 200, 'contract'), line.origin)
  return { contract, digest: contractDigest(contract) }
}

/** What was handed out, and the way back to whoever did. */
export interface Handed {
  readonly grant: Grant
  renew(): Promise<GrantedSide>
  state(): Promise<{ readonly a: string; readonly b: string }>
  /** Everything goes, now. */
  end(): Promise<void>
}

const grantBytesMax = 1024 * 1024
/** People are made, and a password of nobody is hashed: it takes its time. */
const makingSecsMax = 60

/** @throws outsiders.other_contract, outsiders.refused, outsiders.bad_answer */
export async function takeOrganizations(line: ServiceLine, digest: string): Promise<Handed> {
  const json = { accept: 'application/json', 'content-type': 'application/json' }
  const body = JSON.stringify({ contract: digest })
  const asked = { method: 'POST', target: outsiderPaths.runs, headers: json, body }
  const made = await line.ask(asked, { bytesMax: grantBytesMax, secsMax: makingSecsMax })
  const grant = readGrant(mustAnswer(made, 201, 'two organizations'))
  if (grant.contract !== digest) throw refuse.other_contract()
  const headers = { ...json, authorization: `Bearer ${grant.token}` }
  return Object.freeze({
    grant,
    async renew() {
      const request = { method: 'POST', target: outsiderPaths.renewal, headers, body: '{}' }
      const answer = await line.ask(request, { bytesMax: grantBytesMax, secsMax: makingSecsMax })
      return readRenewal(mustAnswer(answer, 200, 'renewal'))
    },
    async state() {
      const answer = await line.ask({ method: 'GET', target: outsiderPaths.state, headers })
      return readState(mustAnswer(answer, 200, 'state'))
    },
    async end() {
      const request = { method: 'DELETE', target: outsiderPaths.run, headers }
      mustAnswer(await line.ask(request, { secsMax: makingSecsMax, last: true }), 204, 'end')
    },
  })
}
