import type { Contact, Member } from './invent.ts'
import { type House, places, products } from './names.ts'
import { namedId, type Random } from './random.ts'
import { dayMs, minuteMs, seedNowMs } from './time.ts'
import { musings, thanks, type Topic, topics, workings } from './topics.ts'

interface Conversation {
  readonly id: string
  readonly subject: string
  readonly status: 'open' | 'pending' | 'closed'
  readonly contact_id: string
  readonly merchant_id: string | null
  readonly assigned_member_id: string | null
  readonly at: number
  readonly last_at: number
}

interface Message {
  readonly id: string
  readonly conversation_id: string
  readonly author_kind: 'contact' | 'member'
  readonly author_member_id: string | null
  readonly body: string
  readonly at: number
}

export interface Talk {
  readonly conversations: readonly Conversation[]
  readonly messages: readonly Message[]
}

/** Exactly as many conversations and messages as the house says. */
export function talk(house: House, members: readonly Member[], contacts: readonly Contact[], luck: Random): Talk {
  const lengths = spread(house.messages, house.conversations, luck)
  const told = lengths.map((length, n) => tell(house, n, length, luck.pick(members), luck.pick(contacts), luck))
  return { conversations: told.map(one => one.conversation), messages: told.flatMap(one => one.messages) }
}

function tell(house: House, n: number, length: number, agent: Member, contact: Contact, luck: Random) {
  const id = namedId(`${house.slug} conversation ${n}`)
  const topic = luck.pick(topics)
  const fill = filler(luck)
  const messages: Message[] = []
  const said = new Set<string>()
  let at = seedNowMs - luck.between(1, 180) * dayMs
  let ours = false
  for (let turn = 0; turn < length; turn++) {
    ours = turn > 0 && luck.fraction() < (ours ? 0.3 : 0.85)
    const fresh = lines(topic, turn, length, ours).filter(text => !said.has(text))
    const text = luck.pick(fresh.length > 0 ? fresh : ours ? workings : musings)
    said.add(text)
    messages.push({
      id: namedId(`${house.slug} message ${n}.${turn}`),
      conversation_id: id,
      author_kind: ours ? 'member' : 'contact',
      author_member_id: ours ? agent.id : null,
      body: fill(text),
      at,
    })
    // Every turn takes at most its share of the time that is left, so that none lies in the future.
    const share = Math.floor((seedNowMs - at) / (length - turn) / minuteMs)
    if (turn < length - 1) at += luck.between(3, Math.min(26 * 60, share)) * minuteMs
  }
  const status = statusOf(seedNowMs - at, ours, luck)
  const conversation: Conversation = {
    id,
    subject: fill(luck.pick(topic.subjects)),
    status,
    contact_id: contact.id,
    merchant_id: contact.merchant_id,
    assigned_member_id: messages.some(message => message.author_member_id !== null) ? agent.id : null,
    at: messages[0]?.at ?? at,
    last_at: at,
  }
  return { conversation, messages }
}

function lines(topic: Topic, turn: number, length: number, ours: boolean): readonly string[] {
  if (turn === 0) return topic.openings
  if (ours) return turn < 3 ? topic.answers : [...topic.answers, ...workings]
  return turn === length - 1 ? thanks : [...topic.followUps, ...musings]
}

/** What is old is mostly settled; of the rest, whoever spoke last waits for the other. */
function statusOf(ageMs: number, ours: boolean, luck: Random): Conversation['status'] {
  if (luck.fraction() < (ageMs > 14 * dayMs ? 0.96 : 0.35)) return 'closed'
  return ours ? 'pending' : 'open'
}

/** One order, one product, one place for a whole conversation. */
function filler(luck: Random): (text: string) => string {
  const values: Readonly<Record<string, string>> = {
    order: `NW-${luck.between(10_000, 99_999)}`,
    product: luck.pick(products),
    place: luck.pick(places),
    days: String(luck.between(3, 9)),
  }
  return text => text.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
}

/** `total` in `count` parts of two or more, uneven by luck. */
function spread(total: number, count: number, luck: Random): number[] {
  const parts = Array.from({ length: count }, () => 2)
  for (let left = total - 2 * count; left > 0; left--) {
    // The smaller of two draws: some conversations grow long, most stay short.
    const at = Math.min(luck.between(0, count - 1), luck.between(0, count - 1))
    parts[at] = (parts[at] ?? 0) + 1
  }
  return parts
}
