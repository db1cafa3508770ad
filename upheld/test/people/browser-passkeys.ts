import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, CDPSession, Frame, Page } from 'playwright-core'
import { z } from 'zod'

/** Pages in a real browser that hold authenticators of their own, which do what the browser’s own tests make them do. */
export interface PasskeyBrowser {
  readonly page: Page
  readonly cdp: CDPSession
  /** `http://localhost:<port>`, with pages at every path. */
  readonly origin: string
  /** Another one: the same name and another port. */
  readonly otherOrigin: string
  /** The same port below the same name. */
  readonly subOrigin: string
  close(): Promise<void>
}

/** What the browser said; or the name of what it refused to do. */
type Answered = { readonly answer: unknown } | { readonly refusedBy: string }

export async function passkeyBrowser(browser: Browser): Promise<PasskeyBrowser> {
  const servers = [await pages(), await pages()]
  const [port = 0, other = 0] = servers.map(one => one.port)
  const context = await browser.newContext()
  const page = await context.newPage()
  const cdp = await authenticators(page)
  return Object.freeze({
    page,
    cdp,
    origin: `http://localhost:${port}`,
    otherOrigin: `http://localhost:${other}`,
    subOrigin: `http://sub.localhost:${port}`,
    async close() {
      await context.close()
      for (const server of servers) server.close()
    },
  })
}

/** A page for each path; `/frame?<address>` holds that page within itself, and lets it ask for passkeys. */
async function pages(): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((request, response) => {
    const [path, inner = ''] = (request.url ?? '').split('?')
    const frame = `<iframe src="${inner.replaceAll('"', '')}" allow="publickey-credentials-get *; publickey-credentials-create *"></iframe>`
    response.setHeader('content-type', 'text/html')
    response.end(`<!doctype html><title>a page</title>${path === '/frame' ? frame : ''}`)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = z.custom<AddressInfo>(value => typeof value === 'object').parse(server.address())
  return {
    port: address.port,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** The browser takes authenticators that a test makes, in place of those of its machine. */
async function authenticators(page: Page): Promise<CDPSession> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  return cdp
}

/** A page whose machine makes passkeys without asking anybody. */
export async function withAuthenticator(page: Page): Promise<void> {
  await authenticator(await authenticators(page))
}

/** An authenticator as a telephone or a laptop has it; everything else waits until it is the one that is asked. */
export async function authenticator(cdp: CDPSession, { backup = false } = {}): Promise<string> {
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      defaultBackupEligibility: backup,
      defaultBackupState: backup,
    },
  })
  return authenticatorId
}

/** Types of the page are not known here; what comes back is JSON, and judged by whoever gets it. */
export async function ask(frame: Page | Frame, call: 'create' | 'get', options: unknown): Promise<Answered> {
  const parse = call === 'create' ? 'parseCreationOptionsFromJSON' : 'parseRequestOptionsFromJSON'
  const result: unknown = await frame.evaluate(`(async () => {
    try {
      const publicKey = PublicKeyCredential.${parse}(${JSON.stringify(options)})
      const credential = await navigator.credentials.${call}({ publicKey })
      return { answer: credential.toJSON() }
    } catch (failure) {
      return { refusedBy: failure.name + ': ' + failure.message }
    }
  })()`)
  return z.union([z.strictObject({ answer: z.unknown() }), z.strictObject({ refusedBy: z.string() })]).parse(result)
}
