// The call-taker's form: says below the postcode where the call would go while it is being written, lets Enter in a one-line
// box not send half a call, and sends with Ctrl and Enter. The form does all that it must without this.
(() => {
  const form = document.querySelector('form[action="/telephone"]');
  const hint = document.getElementById('hint');
  const postcodes = ['postcode', 'now-postcode'].map((name) => form && form.elements[name]);
  if (!form || !hint || !postcodes[0]) return;
  let timer;
  let asked;
  const ask = async () => {
    if (!postcodes.some((box) => box.value.replace(/\s/g, '').length >= 5)) return;
    if (asked) asked.abort();
    asked = new AbortController();
    try {
      const answer = await fetch('/telephone/hint', {
        method: 'POST', body: new URLSearchParams(new FormData(form)), signal: asked.signal,
      });
      if (answer.ok) hint.textContent = await answer.text();
    } catch { /* the next key asks again */ }
  };
  form.addEventListener('input', (event) => {
    clearTimeout(timer);
    const matters = event.target.name.includes('postcode') || !['text', 'textarea'].includes(event.target.type);
    if (matters) timer = setTimeout(ask, 300);
  });
  form.addEventListener('change', (event) => {
    if (event.target.type === 'text') ask();
  });
  form.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    if (event.ctrlKey) {
      event.preventDefault();
      form.requestSubmit(form.querySelector('button[value=send]'));
    } else if (event.target.type === 'text') {
      event.preventDefault();
    }
  });
  document.getElementById('keys').hidden = false;
})();
