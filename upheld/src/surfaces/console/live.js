// Follows an order: adds each step as it comes, and says at the end how it ended. The page says all of it without this.
const list = document.querySelector('[data-events]')
const state = document.querySelector('[data-state]')

if (list !== null && state !== null) {
  const source = new EventSource(list.dataset.events)
  let last = Number(list.dataset.after)

  source.addEventListener('step', event => {
    const { step, at, says } = JSON.parse(event.data)
    // A step that came twice, such as over a connection that broke, is shown once.
    if (step <= last) return
    last = step
    const item = document.createElement('li')
    const time = document.createElement('time')
    time.dateTime = at
    time.textContent = `${at.slice(11, 19)} UTC`
    item.append(time, ` ${says}`)
    list.append(item)
  })
  source.addEventListener('state', event => {
    state.textContent = JSON.parse(event.data).says
  })
  source.addEventListener('end', event => {
    source.close()
    state.textContent = JSON.parse(event.data).says
    for (const one of document.querySelectorAll('[data-while]')) one.hidden = true
    for (const one of document.querySelectorAll('[data-ended]')) one.hidden = false
  })
}
