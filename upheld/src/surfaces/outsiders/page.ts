import { html } from 'hono/html'
import { contractDigest, outsiderPaths, type Contract } from '../../proof/outsiders/index.ts'
import type { Look, Markup } from '../look/index.ts'

interface Shown {
  readonly service: string
  readonly look: Look
  /** Undefined where outsiders are not let in. */
  readonly contract: Contract | undefined
}

const number = (value: number): string => value.toLocaleString('en-US')

/** The contract in plain words, and how to begin. */
export function contractPage({ service, look, contract }: Shown): Markup {
  return html`<!doctype html>
    <html lang="en">
      <head>
        ${look.headTags()}
        <title>Probe it yourself · ${service}</title>
      </head>
      <body class="set">
        <a class="skip" href="#main">Skip to the text</a>
        <header class="topbar">
          <a class="brand" href="/">${service}</a>
          <nav aria-label="Security">
            <ul>
              <li><a href="/security">Promises</a></li>
              <li><a href="/security/history">History</a></li>
              <li><a href="/security/evidence">Evidence</a></li>
            </ul>
          </nav>
        </header>
        <main id="main" tabindex="-1">${contract === undefined ? closed() : open(contract)}</main>
      </body>
    </html>`
}

function closed(): Markup {
  return html`<div class="opening">
    <h1>Probe it yourself</h1>
    <p class="lede">This service lets no outsiders probe it. Nothing is to be had under this address.</p>
    <p>What its own probes saw is still yours to check: <a href="/security/verify">check the evidence yourself</a>.</p>
  </div>`
}

function open(contract: Contract): Markup {
  return html`<div class="opening">
      <h1>Probe it yourself</h1>
      <p class="lede">
        You need not take our word for what our probes saw. Run the same attacks against this service, between two
        throw-away organizations of your own, and sign what comes out with a key of yours.
      </p>
    </div>
    ${part('begin', 'How to begin', begin(contract))} ${part('probes', 'What is probed', probes(contract))}
    ${part('limits', 'How much', limits(contract))}
    ${part(
      'consent',
      'What we agree to',
      html`<h3>You</h3>
        ${list(contract.outsider_agrees)}
        <h3>We</h3>
        ${list(contract.service_agrees)}`,
    )}
    ${part('stored', 'What is stored, and how long', stored(contract))}
    ${part('contact', 'Who to write to', html`<p>${contract.contact}</p>`)}`
}

function part(id: string, title: string, body: Markup): Markup {
  return html`<section class="part" id="${id}">
    <h2>${title}</h2>
    <div class="prose">${body}</div>
  </section>`
}

function begin(contract: Contract): Markup {
  return html`<p>
      The first command shows this contract and sends nothing else. The second one agrees to exactly this text and runs.
    </p>
    <pre>
npx upheld probe ${contract.origin}
npx upheld probe ${contract.origin} --agree ${contractDigest(contract)}</pre>
    <p>
      <a href="${outsiderPaths.contract}">The contract for programs</a>, version ${contract.version}, and
      <a href="${outsiderPaths.schema}">its schema</a>. Its digest, which your signed output cites, is
      <code>${contractDigest(contract)}</code>.
    </p>`
}

function probes({ probes: listed }: Contract): Markup {
  return html`${listed.map(
    ({ name, claim, says, not_covered, observations_min }) =>
      html`<h3 id="probe-${name}">${name}: <a href="/security/claims/${claim}">${claim}</a></h3>
        <p>${says} Fewer than ${number(observations_min)} observations prove nothing.</p>
        <p>Not covered:</p>
        ${list(not_covered)}`,
  )}`
}

function limits({ limits: most }: Contract): Markup {
  const rows: readonly (readonly [what: string, value: string])[] = [
    ['Runs begun within an hour from one address, or one /56 of IPv6', number(most.runs_per_place_and_hour)],
    ['Runs at once, of everybody together', number(most.runs_at_once)],
    ['Life of the two organizations', `${number(most.minutes)} minutes`],
    ['Requests', `${number(most.requests_per_minute)} in a minute, ${number(most.requests_per_run)} in a run`],
    ['Bytes sent', `${number(most.body_bytes)} in a request, ${number(most.bytes_per_run)} in a run`],
    ['Renewals of an organization', number(most.renewals_per_run)],
  ]
  return html`<dl class="facts wide">
      ${rows.map(
        ([what, value]) =>
          html`<dt>${what}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>
    <p>
      Your organizations are closed: nobody can be invited, no mail leaves, no provider is called, and no page for
      people opens for them but the one to sign out.
    </p>`
}

function stored({ stored: kept }: Contract): Markup {
  return html`<dl class="facts wide">
    ${kept.map(
      ({ what, how_long }) =>
        html`<dt>${what}</dt>
          <dd>${how_long}</dd>`,
    )}
  </dl>`
}

function list(lines: readonly string[]): Markup {
  return html`<ul>
    ${lines.map(line => html`<li>${line}</li>`)}
  </ul>`
}
