// Asks the browser for a passkey, and sends what it answers with the form that was there. Without this script, or in a
// browser that knows no passkeys, the buttons stay hidden and every other way works.
const ready = 'PublicKeyCredential' in window && 'parseRequestOptionsFromJSON' in PublicKeyCredential

/** @param {HTMLFormElement} form */
async function ask(form) {
  const { options, act } = form.dataset
  const body = new URLSearchParams(new FormData(form))
  const answer = await fetch(options, { method: 'POST', body, redirect: 'manual' })
  if (answer.type === 'opaqueredirect') {
    // A fresh proof is asked for first, or a sign-in: the form itself is led there, and back.
    form.submit()
    return true
  }
  if (!answer.ok) return false
  const asked = await answer.json()
  const credential =
    act === 'create'
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked) })
  form.elements.passkey.value = JSON.stringify(credential.toJSON())
  form.submit()
  return true
}

for (const form of document.querySelectorAll('form[data-options]')) {
  if (!ready) continue
  form.hidden = false
  form.addEventListener('submit', event => {
    event.preventDefault()
    const said = form.querySelector('[role=status]')
    said.textContent = ''
    void ask(form)
      .catch(() => false)
      .then(sent => {
        if (!sent) said.textContent = 'No passkey was given. Try again, or use another way.'
      })
  })
}
