import { judge } from '../judge.ts'
import { victim, wrong, type Ground } from './ground.ts'
import { tryPassword, tryPretending, type Pair } from './trying.ts'

/** One password at many accounts, or a stolen list of pairs, from one address: after some accounts it is slowed there. */
export async function attackMany(ground: Ground): Promise<void> {
  const address = ground.crowd.browser()
  const spray = 'the same password everywhere'
  for (const [attack, pairOf] of [
    ['one password at many accounts, from one address', (email: string): Pair => ({ email, password: spray })],
    ['a stolen list of addresses and passwords, from one address', wrong],
  ] as const) {
    const by = attack.startsWith('one') ? address : ground.crowd.browser()
    let [slowed, checked] = [false, 0]
    for (let n = 0; n < 16 && !slowed; n++) {
      const { said } = await tryPretending(by.copy(), pairOf(ground.crowd.addressOf(`nobody-${n}-${attack.length}`)))
      slowed = said === 'wait'
      checked += 1
    }
    judge(ground, attack, 'one address', !slowed, `${checked} accounts were tried in a row`)
  }
  const neighbor = await tryPassword(ground.crowd.browser(), await victim(ground))
  judge(
    ground,
    'an attack from one address',
    'another address',
    neighbor.said !== 'in',
    'an honest sign-in was kept out',
  )
}

/** The same from everywhere in one network: each address there has one try, and then it waits. */
export async function attackNetwork(ground: Ground): Promise<void> {
  const some = ground.crowd.browser()
  const network = some.address.split('.').slice(0, 3).join('.')
  const from = async (n: number, name: string): Promise<string> => {
    const browser = some.copy(`${network}.${n}`)
    const { said } = await tryPassword(browser, wrong(ground.crowd.addressOf(`${name}-${n}`)))
    browser.close()
    return said
  }
  for (let wave = 0; wave < 16; wave++) await Promise.all([1, 2, 3, 4].map(n => from(wave * 4 + n, 'network')))
  const again = await Promise.all([61, 62, 63, 64].map(n => from(n, 'again')))
  const attack = 'many accounts, from many addresses of one network'
  judge(ground, attack, 'one network', again.includes('no'), 'an address went on after sixty others had failed')
}

/** One household with IPv6 has 2^72 addresses: written in any way, they are one place (R3). */
export async function attackHousehold(ground: Ground): Promise<void> {
  const { identity } = ground.crowd.people
  let [slowed, checked] = [false, 0]
  for (let n = 0; n < 16 && !slowed; n++) {
    const hex = (n * 4_099 + 17).toString(16)
    const address =
      [`2001:db8:77:5500::${hex}`, `2001:DB8:77:55${(n % 200).toString(16).padStart(2, '0')}:${hex}::1`][n % 2] ?? ''
    await identity
      .signIn(wrong(ground.crowd.addressOf(`home-${n}`)), { address, agent: 'a probe' })
      .catch((thrown: unknown) => {
        slowed = thrown instanceof Error && 'code' in thrown && thrown.code === 'takeover.slow_down'
      })
    checked += 1
  }
  judge(ground, 'many accounts, from many addresses of one household', 'one /56', !slowed, `${checked} were checked`)
}
