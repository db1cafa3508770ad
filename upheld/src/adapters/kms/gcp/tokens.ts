import { readFileSync } from 'node:fs'
import type * as googleAuth from 'google-auth-library'
import { z } from 'zod'
import { refuse } from '../errors.ts'
import { serviceAddress } from '../exchange.ts'
import { loadClient } from '../service.ts'

const scopes = ['https://www.googleapis.com/auth/cloudkms']

const serviceAccount = z.looseObject({
  type: z.literal('service_account'),
  client_email: z.string(),
  private_key: z.string(),
  private_key_id: z.string().optional(),
})
/** Workload identity: whoever runs this shows a token of its own platform, from a file or an address, and gets one of Google. */
const workload = z.object({
  type: z.literal('external_account'),
  audience: z.string(),
  subject_token_type: z.string(),
  token_url: z.string(),
  service_account_impersonation_url: z.string().optional(),
  credential_source: z.object({
    file: z.string().optional(),
    url: z.string().optional(),
    headers: z.record(z.string(), z.string()).optional(),
    format: z.object({ type: z.enum(['text', 'json']), subject_token_field_name: z.string().optional() }).optional(),
  }),
})
const fileForm = z.discriminatedUnion('type', [serviceAccount, workload])

/** An access token that is good now. Google's library keeps it and renews it. */
type Token = () => Promise<string>

/**
 * @param credentialsFile a JSON file of Google: a key of a service account, or a workload identity. Left out: whatever
 *   the machine has, such as the metadata server
 * @throws kms.no_client, kms.bad_options
 */
export async function tokenSource(credentialsFile: string | undefined): Promise<Token> {
  const google = await loadClient('google-auth-library', () => import('google-auth-library'))
  const asks = credentialsFile === undefined ? undefined : clientFor(google, readCredentials(credentialsFile))
  const machine = asks === undefined ? new google.GoogleAuth({ scopes }) : undefined
  return async () => {
    const token = asks === undefined ? await machine?.getAccessToken() : (await asks.getAccessToken()).token
    if (typeof token !== 'string' || !/^[\x21-\x7e]{1,8000}$/.test(token)) {
      throw refuse.forbidden({ detail: 'Google gave no access token.' })
    }
    return token
  }
}

interface Asks {
  getAccessToken(): Promise<{ token?: string | null }>
}

function clientFor(google: typeof googleAuth, found: z.output<typeof fileForm>): Asks {
  if (found.type === 'external_account') {
    // The library's own type wants every optional field to be there or not; the form above has checked what there is.
    return new google.IdentityPoolClient({ ...found, scopes } as ConstructorParameters<
      typeof google.IdentityPoolClient
    >[0])
  }
  const { client_email: email, private_key: key, private_key_id: keyId } = found
  return new google.JWT({ email, key, scopes, ...(keyId === undefined ? {} : { keyId }) })
}

/** No address of such a file is asked that could not be a key service either: it may have come from somebody else. */
function readCredentials(path: string): z.output<typeof fileForm> {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    // Not the cause: the text of a failed parse repeats what was parsed.
    throw refuse.bad_options({ detail: `The credentials in ${path} cannot be read.` })
  }
  const parsed = fileForm.safeParse(value)
  if (!parsed.success)
    throw refuse.bad_options({ detail: `${path} holds no credentials of Google that are known here.` })
  if (parsed.data.type === 'external_account') {
    const { token_url: token, service_account_impersonation_url: person, credential_source: source } = parsed.data
    for (const address of [token, person]) if (address !== undefined) serviceAddress(address)
    if ((source.file === undefined) === (source.url === undefined)) {
      throw refuse.bad_options({ detail: `${path} names neither a file nor an address of a token.` })
    }
  }
  return parsed.data
}
