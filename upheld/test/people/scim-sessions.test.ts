import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { jwtSessions } from '../../src/adapters/jwt/index.ts'
import type { Organization } from '../../src/foundation/tenancy/index.ts'
import { enterThrough, type IdentityPort } from '../../src/guards/identity/index.ts'
import { openScim } from '../../src/guards/scim/index.ts'
import { identityStage, visitor, type Somebody, type Stage } from './identity-stage.ts'
import { ask, baseUrl, patch } from './scim-stage.ts'

const absent = { code: 'identity.no_organization' }

suite('sessions of members whom a directory, a provider or a token speaks for', () => {
  let stage: Stage
  let acme: Organization
  let other: Organization
  let anna: Somebody
  let scim: (method: string, path: string, body?: unknown) => ReturnType<typeof ask>

  before(async () => {
    stage = await identityStage()
    const { people } = stage
    const owner = await people.person('owner@acme.test')
    anna = await stage.somebody()
    const members = [
      { personId: owner, roles: ['owner'] },
      { personId: anna.personId, roles: ['agent'] },
    ]
    const made = await people.organization('acme', members)
    acme = made.organization
    other = (await people.organization('globex', members)).organization
    const directory = openScim(
      { tenancy: people.tenancy, clock: people.clock, may: async () => true, mayGive: async () => true },
      { baseUrl, roles: [] },
    )
    const { token } = await directory.issue(acme, made.memberIds[0] ?? '', { name: 'directory' })
    scim = (method, path, body) => ask(directory, token, method, path, body)
  })
  after(() => stage.close())

  const entersAcme = () => stage.identity.enter(anna.token, acme.id)
  const says = async (value: unknown, id: string): Promise<void> => {
    const { status } = await scim('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'active', value }))
    assert.equal(status, 200)
  }

  test('whom the directory lets go is refused on the next request, in this organization alone', async () => {
    assert.equal((await entersAcme()).needs, 'nothing')
    const { body } = await scim('POST', '/Users', { userName: anna.email })
    const id = String(body['id'])
    await says('False', id)
    await assert.rejects(entersAcme(), absent)
    assert.equal((await stage.identity.enter(anna.token, other.id)).needs, 'nothing')
    await says('True', id)
    assert.equal((await entersAcme()).needs, 'nothing')
    assert.equal((await scim('DELETE', `/Users/${id}`)).status, 204)
    await assert.rejects(entersAcme(), absent)
    assert.equal((await stage.identity.enter(anna.token, other.id)).needs, 'nothing')
  })

  test('the rule of an organization for second factors holds for sign-in at a provider', async () => {
    await other.sql`update upheld_access.account set second_factor = 'everybody'`
    const arrive = async (way: 'sso' | 'sso-mfa') => {
      const arrived = await stage.identity.arrive({ personId: anna.personId, methods: [way], way }, visitor())
      assert.ok(arrived.needs === 'nothing')
      return (await stage.identity.enter(arrived.token, other.id)).needs
    }
    assert.equal(await arrive('sso'), 'second-factor')
    assert.equal(await arrive('sso-mfa'), 'nothing')
    await other.sql`update upheld_access.account set second_factor = 'privileged'`
  })

  suite('of access tokens', () => {
    let port: IdentityPort
    let token: (more?: Readonly<Record<string, unknown>>) => Promise<string>
    before(async () => {
      const { publicKey, privateKey } = await generateKeyPair('ES256')
      const jwk = { ...(await exportJWK(publicKey)), kty: 'EC' }
      const issuer = 'https://issuer.example'
      const { clock } = stage.people
      port = jwtSessions(
        { issuer, audience: 'desk', algorithms: ['ES256'], type: 'at+jwt', keys: { set: { keys: [jwk] } } },
        { clock },
      )
      token = (more = {}) =>
        new SignJWT({ iss: issuer, aud: 'desk', sub: anna.personId, exp: clock.now().getTime() / 1000 + 300, ...more })
          .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' })
          .sign(privateKey)
    })
    const enter = async (bearer: string) => {
      const { tenancy, clock } = stage.people
      return enterThrough({ tenancy, clock, access: stage.ports.access, staff: () => true }, port, bearer, other.id)
    }

    test('members, roles and the rule for second factors are those of the organization, whatever the token says', async () => {
      const entered = await enter(await token({ roles: ['owner'], scope: '*' }))
      assert.ok(entered.needs === 'nothing')
      assert.deepEqual([entered.session.methods, entered.organizationId], [['sso'], other.id])
      await other.sql`update upheld_access.account set second_factor = 'everybody'`
      assert.equal((await enter(await token())).needs, 'second-factor')
      assert.equal((await enter(await token({ amr: ['mfa'] }))).needs, 'nothing')
    })

    test('a member who is suspended, a token that is over, and nobody at all are refused on the next request', async () => {
      const bearer = await token({ amr: ['mfa'] })
      await other.sql`update upheld_access.member set suspended_at = ${stage.people.clock.now()} where person_id = ${anna.personId}`
      await assert.rejects(enter(bearer), absent)
      await other.sql`update upheld_access.member set suspended_at = null where person_id = ${anna.personId}`
      assert.equal((await enter(bearer)).needs, 'nothing')
      for (const one of ['', 'junk', await token({ aud: 'billing' }), await token({ sub: 'nobody' })]) {
        await assert.rejects(enter(one), { code: 'identity.no_session' })
      }
      stage.people.clock.turn(400)
      await assert.rejects(enter(bearer), { code: 'identity.no_session' })
    })
  })
})
