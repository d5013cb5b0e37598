// The call-taker's page in a browser: by keyboard in the order of a call, and with what cannot be read. SHOTS=DIR.
import { accessible, browser, check, fits, picture, run, serve } from '../lib/harness.mjs';
import { Keyboard } from '../lib/keyboard.mjs';

let services;
let chrome;

async function opened(options = {}) {
  const page = await chrome.newPage({ viewport: { width: 1280, height: 900 }, bypassCSP: true, ...options });
  await page.goto(`${services.url}/telephone`);
  return page;
}

const reference = async (page) => (await page.locator('#reference').innerText()).trim();

async function a_call_by_keyboard() {
  const page = await opened({ javaScriptEnabled: false, bypassCSP: false });
  const keys = new Keyboard(page);
  await picture(page, 'telephone-empty');
  await fits(page);
  const footer = await page.locator('footer').innerText();
  check(footer.includes('paper sheet') && !footer.includes('Rather talk'), footer);
  const words = 'Mum fell at six this morning, she is up again but will not eat.';
  await keys.type('taker', 'C. Desk');
  check(/^\d\d:\d\d$/.test(await page.locator('[name=call-start]').inputValue()), 'the call began with the page');
  await keys.type('your-name', 'Dana Example');
  await keys.type('your-relation', 'daughter');
  await keys.type('your-phone', '020 7946 0904');
  await keys.choose('with-person', 'yes');
  await keys.type('words', words);
  await keys.tick('need-fall');
  await keys.choose('priority', 'two-hour');
  await keys.type('given', 'Ann');
  await keys.type('family', 'Example');
  await keys.type('age', '84');
  await keys.choose('place', 'own-home');
  await keys.type('line1', '3 Invented Road');
  await keys.type('postcode', 'IG1 1DN');
  await keys.choose('harm', 'no');
  await keys.choose('scene', 'yes');
  await keys.type('scene-words', 'A dog that bites');
  await keys.choose('consent', 'given');
  await picture(page, 'telephone-filled');
  await keys.press('Send');
  const first = await reference(page);
  const text = await page.locator('main').innerText();
  check(text.includes('Tell the caller') && text.includes('999'), text);
  await picture(page, 'telephone-held');
  const why = JSON.parse(await services.say(`ctl explain ${first}`));
  check(/priority asked: two-hour/.test(why) && /flags: \["scene-safety"\]/.test(why), why);
  await keys.press('Next call');
  check((await page.locator('[name=taker]').inputValue()) === 'C. Desk', 'the call-taker stays');
  check((await page.locator('[name=words]').inputValue()) === '', 'nothing of the call before');
  await keys.type('words', 'Second caller of the day');
  await keys.press('Send');
  check((await reference(page)) !== first, 'another call is another referral');
  await page.close();
}

async function what_cannot_be_read_is_asked_again() {
  const page = await opened();
  await page.locator('[name=postcode]').fill('IG1');
  await page.locator('[name=age]').fill('-3');
  await page.locator('[name=call-start]').fill('25:00');
  await page.locator('[name=nhs-number]').fill('9990000019');
  await page.locator('button[value=send]').click();
  const errors = (await page.locator('.error').allInnerTexts()).join('; ');
  for (const words of ['Enter your name', 'Tell us what has happened', 'full postcode', 'from 0 to 130', 'like 14:05'])
    check(errors.includes(words), `${words}: ${errors}`);
  check(!errors.includes('NHS'), 'a wrong check digit is taken');
  check((await page.locator('[name=postcode]').inputValue()) === 'IG1', 'what was typed is still there');
  await accessible(page);
  await picture(page, 'telephone-errors');
  await page.close();
}

async function nothing_is_lost_while_the_router_is_away() {
  const page = await opened();
  await page.locator('[name=taker]').fill('C. Desk');
  await page.locator('[name=words]').fill('The lift is out and he cannot come down');
  await services.say('hold');
  await page.locator('button[value=send]').click();
  check((await page.locator('.summary').innerText()).includes('could not send this yet'), 'told so');
  check((await page.locator('[name=words]').inputValue()).includes('The lift is out'), 'the words are still there');
  await services.say('go');
  let found = 0;
  for (let tries = 0; tries < 60 && found === 0; tries += 1) {
    await page.waitForTimeout(500);
    await page.locator('button[value=send]').click();
    found = await page.locator('#reference').count();
  }
  check(found === 1, 'one press more and it is held');
  await accessible(page);
  await page.close();
}

// The call-taker has the reference; whoever finds it on a paper learns nothing from it.
async function a_concern_is_not_shown_to_whoever_has_the_reference() {
  const page = await opened();
  for (const [harm, shown] of [['no', true], ['yes', false]]) {
    await page.goto(`${services.url}/telephone`);
    await page.locator('[name=taker]').fill('C. Desk');
    await page.locator('[name=words]').fill('She rings for her mother');
    await page.locator(`[name=harm][value=${harm}]`).check();
    await page.locator('button[value=send]').click();
    const found = await reference(page);
    await page.goto(`${services.url}/status`);
    await page.locator('[name=reference]').fill(found);
    await page.locator('button[value=look]').click();
    const text = await page.locator('main').innerText();
    check(text.includes('we have your request') === shown && text.includes('nothing to show') === !shown, `${harm}: ${text}`);
  }
  await page.close();
}

// With the page's own policy: its script is let in, and nothing else.
async function where_it_would_go_as_it_is_typed() {
  const page = await opened({ bypassCSP: false });
  const asked = [];
  page.on('request', (request) => asked.push(`${request.method()} ${request.url()}`));
  await page.locator('[name=taker]').fill('C. Desk');
  await page.locator('[name=words]').fill('Fell in the hall');
  await page.locator('[name=need-fall]').check();
  for (const [name, value] of [['given', 'Ann'], ['family', 'Example'], ['age', '84'], ['phone', '020 7946 0904'], ['line1', '3 Road']])
    await page.locator(`[name=${name}]`).fill(value);
  await page.locator('[name=consent][value=given]').check();
  await page.locator('[name=place][value=own-home]').check();
  await page.locator('[name=postcode]').pressSequentially('ig11dn', { delay: 20 });
  const hint = page.locator('#hint');
  await hint.filter({ hasText: 'Locality' }).waitFor();
  const text = await hint.innerText();
  check(text.includes('Locality: Cranbrook and Loxford.') && !text.includes('cannot be placed'), text);
  check(text.includes('goes to: Community Treatment Team (rapid response), open now.'), text);
  await page.locator('[name=consent][value=refused]').check();
  await hint.filter({ hasText: 'goes to: First Contact Team' }).waitFor();
  check(asked.length > 0 && asked.every((one) => one === `POST ${services.url}/telephone/hint`), `asked ${asked}`);
  check(asked.length < 9, `asked ${asked.length} times for six letters`);
  await page.locator('[name=postcode]').press('Enter');
  await page.waitForTimeout(300);
  check(page.url() === `${services.url}/telephone` && (await page.locator('#reference').count()) === 0, 'Enter sent half a call');
  await picture(page, 'telephone-hint');
  await page.locator('[name=postcode]').press('Control+Enter');
  await page.locator('#reference').waitFor();
  await page.close();
}

async function where_it_would_go_without_a_script() {
  const page = await opened({ javaScriptEnabled: false, bypassCSP: false });
  await page.locator('[name=words]').fill('Fell in the hall');
  await page.locator('[name=postcode]').fill('IG1 1DN');
  await page.locator('button[value=hint]').click();
  check((await page.locator('#hint').innerText()).includes('Locality: Cranbrook and Loxford.'), 'said');
  check((await page.locator('[name=words]').inputValue()) === 'Fell in the hall', 'the words are still there');
  check((await page.locator('.error').count()) === 0, 'no answer is demanded yet');
  check(page.url() === `${services.url}/telephone`, page.url());
  await page.close();
}

// Taken on paper two days ago: its two hours are long over, so it alarms at once; both times and both people are kept.
async function from_paper() {
  const page = await opened({ javaScriptEnabled: false, bypassCSP: false });
  const day = new Date(Date.now() - 2 * 86400000);
  const date = `${day.getUTCDate()}/${day.getUTCMonth() + 1}`;
  const fill = async (fields) => {
    for (const [name, value] of Object.entries(fields)) await page.locator(`[name=${name}]`).fill(value);
  };
  await fill({ taker: 'C. Desk', 'call-start': '12:00', 'call-day': '31/2', 'paper-by': 'R. Night', words: 'On the floor', age: '84',
    postcode: 'IG1 1DN' });
  await page.locator('[name=need-fall]').check();
  await page.locator('[name=consent][value=given]').check();
  await page.locator('button[value=send]').click();
  check((await page.locator('.error').innerText()).includes('Enter a day of the last month'), 'the 31st of February');
  await fill({ 'call-day': date });
  await page.locator('button[value=send]').click();
  const found = await reference(page);
  const trace = JSON.parse(JSON.parse(await services.say(`ctl trace ${found} --json`)));
  const at = `${day.toISOString().slice(0, 10)}T12:00:00`;
  const clock = trace.referral.clocks.find((one) => one.kind === 'two-hour');
  const taken = trace.entries.find((one) => one.received).received.submission;
  check(clock.start.startsWith(at) && clock.breached_at > at, JSON.stringify(clock));
  check(taken.received.startsWith(at) && taken.entered_by === 'C. Desk', JSON.stringify(taken));
  check(trace.entries.some((one) => one.alarmed), 'no alarm');
  const plain = JSON.parse(await services.say(`ctl trace ${found}`));
  check(plain.includes('taken at') && plain.includes('entered afterwards by C. Desk'), plain);
  await page.close();
}

async function a_caller_who_may_do_harm_is_not_rung() {
  const page = await opened();
  await page.locator('[name=taker]').fill('C. Desk');
  await page.locator('[name=your-name]').fill('Nephew Example');
  await page.locator('[name=your-phone]').fill('020 7946 0977');
  await page.locator('[name=words]').fill('He says that she needs nothing');
  await page.locator('[name=caller-harm][value=unsure]').check();
  await page.locator('button[value=send]').click();
  const text = await page.locator('main').innerText();
  check(text.includes('Do not read out the reference') && !text.includes('Tell the caller'), text);
  await accessible(page);
  await picture(page, 'telephone-harm');
  const found = await reference(page);
  const record = await services.say(`ctl open ${found} --by C.Desk --purpose checking --json`);
  check(record.includes('caller-number-do-not-ring') && !/callback[^}]{0,9}020 7946 0977/.test(record), record);
  await page.close();
}

async function it_fits_a_narrow_window_and_large_text() {
  const page = await opened({ viewport: { width: 320, height: 640 } });
  await fits(page);
  await accessible(page);
  await page.addStyleTag({ content: 'html { font-size: 200% }' });
  await fits(page);
  await picture(page, 'telephone-large');
  await page.close();
}

services = await serve('--program', 'referral-form', '--feeds', 'self,telephone', '--serve', 'telephone', '--open');
chrome = await browser();
const code = await run([a_call_by_keyboard, what_cannot_be_read_is_asked_again, nothing_is_lost_while_the_router_is_away,
  a_concern_is_not_shown_to_whoever_has_the_reference, where_it_would_go_as_it_is_typed, where_it_would_go_without_a_script,
  from_paper, a_caller_who_may_do_harm_is_not_rung, it_fits_a_narrow_window_and_large_text]);
await chrome.close();
await services.stop();
process.exitCode = code;
