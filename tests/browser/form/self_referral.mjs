// The self-referral in a browser. Pictures of the pages: SHOTS=DIR.
import { accessible, browser, check, fits, picture, run, serve } from '../lib/harness.mjs';
import { Keyboard } from '../lib/keyboard.mjs';
import { answer, go, me, pageName, somebodyElse, walk } from './answers.mjs';

let services;
let chrome;

const reference = async (page) => (await page.locator('#reference').innerText()).trim();
const isReference = (text) => /^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/.test(text);
const explain = async (found) => JSON.parse(await services.say(`ctl explain ${found}`));

async function onPage(page, expected) {
  const title = await page.title();
  check(title.includes(expected), `expected the page "${expected}", found "${title}"`);
}

async function opened(options = {}) {
  const page = await chrome.newPage({ viewport: { width: 1024, height: 800 }, bypassCSP: true, ...options });
  await page.goto(`${services.url}/self`);
  return page;
}

async function by_keyboard_on_a_phone_without_scripts() {
  const page = await chrome.newPage({ viewport: { width: 320, height: 640 }, javaScriptEnabled: false });
  const keys = new Keyboard(page);
  const asked = new Set();
  page.on('request', (request) => asked.add(new URL(request.url()).host));
  const look = async (name) => {
    await fits(page);
    await picture(page, name);
  };
  const steps = {
    emergency: () => keys.choose('emergency', 'no'),
    for: () => keys.choose('for', 'me'),
    what: () => keys.type('words', 'I fell last night.\nMy hip hurts <b>but I can walk</b> & I am alone.'),
    since: () => keys.choose('since', 'today'),
    needs: async () => { await keys.tick('need-fall'); await keys.tick('need-care-assessment'); },
    harm: () => keys.choose('harm', 'no'),
    name: async () => { await keys.type('given', 'Alexandra'); await keys.type('family', "O'Example-Longname"); },
    born: async () => { await keys.type('born-day', '15'); await keys.type('born-month', '6'); await keys.type('born-year', '1944'); },
    'nhs-number': () => keys.type('nhs-number', '999 000 0018'),
    place: () => keys.choose('place', 'own-home'),
    address: async () => { await keys.type('line1', '1 Invented Road'); await keys.type('postcode', 'ig1 1dn'); },
    alone: () => keys.choose('alone', 'yes'),
    phone: async () => { await keys.type('phone', '020 7946 0901'); await keys.choose('safe', 'yes'); },
    talk: () => keys.choose('talk', 'no'),
    consent: () => keys.choose('consent', 'given'),
  };
  await page.goto(services.url);
  await look('home');
  await keys.press('Start now');
  for (const [name, step] of Object.entries(steps)) {
    check((await pageName(page)) === name, `${name} is next, found ${await pageName(page)}`);
    await step();
    await look(name);
    await keys.press('Continue');
  }
  await onPage(page, 'Check your answers');
  check((await page.locator('main').innerText()).includes('My hip hurts <b>but I can walk</b> & I am alone.'),
    'the words stand as they were typed');
  await look('check');
  await keys.press('Send');
  const first = await reference(page);
  check(isReference(first), `a reference: ${first}`);
  await look('held');
  await page.reload();
  check((await reference(page)) === first, 'a refresh is the same referral');
  check(page.url() === `${services.url}/self`, `nothing of the person in the address: ${page.url()}`);
  check(asked.size === 1, `nothing from anywhere else: ${[...asked]}`);
  const why = await explain(first);
  check(why.includes('rapid-response') && why.includes('Cranbrook and Loxford'), why);
  await page.goto(`${services.url}/status`);
  await keys.type('reference', first.toLowerCase().replace('-', ' '));
  await look('status');
  await keys.press('Look');
  check((await page.locator('.reached').count()) === 2, 'held, and with a team');
  await look('stages');
  await page.close();
}

// Each page as it comes and, where something must be answered, with its errors.
async function every_page_is_accessible() {
  for (const [whom, answers] of [['me', me], ['other', somebodyElse]]) {
    const page = await opened();
    await walk(page, answers, 'check', async (name) => {
      await accessible(page);
      if (['needs', 'nhs-number', 'phone', 'check'].includes(name)) return;
      await go(page, 'next');
      check((await page.title()).startsWith('Error: '), `${name}: no answer is an error: ${await page.title()}`);
      // The browser gives autofocus with its next frame, which a busy machine may take its time for.
      await page.waitForFunction(() => document.activeElement.className === 'summary');
      await accessible(page);
      await picture(page, `error-${whom}-${name}`);
    });
    await picture(page, `check-${whom}`);
    await go(page, 'send');
    check(isReference(await reference(page)), 'a reference');
    await accessible(page);
    await page.close();
  }
  const page = await chrome.newPage({ bypassCSP: true });
  for (const path of ['/', '/status', '/telephone', '/nowhere']) {
    await page.goto(services.url + path);
    await accessible(page);
  }
  await page.close();
}

async function large_text_fits() {
  const page = await opened({ viewport: { width: 320, height: 640 } });
  await walk(page, somebodyElse, 'check', async (name) => {
    await page.addStyleTag({ content: 'html { font-size: 200% }' });
    await fits(page);
    if (name === 'for' || name === 'check') await picture(page, `large-${name}`);
  });
  await page.close();
}

async function an_emergency_stops() {
  const page = await opened();
  await answer(page, { radio: ['emergency', 'yes'] });
  await onPage(page, 'Call 999 now');
  await accessible(page);
  await picture(page, 'emergency-stop');
  check((await page.locator('button[value=next]').count()) === 0, 'no way on');
  await page.locator('button').click();
  check((await page.locator('input:checked').count()) === 0, 'the question is asked afresh');
  await walk(page, me);
  await page.close();
}

async function mistakes_keep_what_was_typed() {
  const page = await opened();
  const told = async (given, words) => {
    await answer(page, given);
    const errors = await page.locator('.error').allInnerTexts();
    check(errors.some((e) => e.includes(words)), `expected "${words}", found "${errors}"`);
    for (const [field, value] of Object.entries(given))
      check((await page.locator(`[name="${field}"]`).inputValue()) === value, `${field} is still there`);
  };
  await walk(page, me, 'born');
  await told({ 'born-day': '31', 'born-month': '2', 'born-year': '1950', age: '' }, 'real date of birth');
  await told({ 'born-day': '1', 'born-month': '1', 'born-year': '2999', age: '' }, 'in the past');
  await told({ 'born-day': '', 'born-month': '', 'born-year': '', age: '-3' }, 'from 0 to 130');
  await picture(page, 'error-age');
  await answer(page, { age: '16' });
  await walk(page, me, 'address');
  await told({ line1: '<script>alert(1)</script>', postcode: 'IG1' }, 'full postcode');
  await answer(page, { postcode: '' });
  await walk(page, me);
  await go(page, 'change-name');
  await answer(page, { given: 'Sam' });
  check((await pageName(page)) === 'check', 'a change leads back to the check page');
  await go(page, 'send');
  check((await explain(await reference(page))).match(/lead +desk/) !== null, 'under 18 and no postcode: the desk');
  await page.close();
}

async function nothing_is_lost_while_the_router_is_away() {
  const page = await opened();
  await walk(page, me);
  check((await services.say('hold')) === 'ok', 'held');
  await go(page, 'send');
  const notice = await page.locator('.summary').innerText();
  check(notice.includes('could not send this yet') && notice.includes('020 7946 0100'), notice);
  await accessible(page);
  await picture(page, 'away');
  check((await services.say('go')) === 'ok', 'going on');
  let found = 0;
  for (let tries = 0; tries < 60 && found === 0; tries += 1) {
    await page.waitForTimeout(500);
    await go(page, 'send');
    found = await page.locator('#reference').count();
  }
  check(isReference(await reference(page)), 'one press more and it is held');
  await page.close();
}

async function two_presses_are_one_referral() {
  const page = await opened();
  await walk(page, me);
  const form = await page.locator('form').evaluate((e) => new URLSearchParams(new FormData(e)).toString() + '&go=send');
  const press = () => fetch(`${services.url}/self`, {
    method: 'POST', body: form, headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  }).then((answered) => answered.text());
  const found = (await Promise.all([press(), press(), press()])).map((text) => /id="reference">([^<]*)/.exec(text)[1]);
  check(isReference(found[0]) && new Set(found).size === 1, `${found}`);
  await page.close();
}

async function harm_is_told_and_nothing_promised() {
  const page = await opened();
  await walk(page, { ...me, harm: { radio: ['harm', 'yes'], 'harm-words': 'My nephew takes my pension' } });
  await go(page, 'send');
  await onPage(page, 'We have what you told us');
  const text = await page.locator('main').innerText();
  check((await page.locator('#reference').count()) === 0 && !/[0-9A-Z]{5}-[0-9A-Z]{5}|ring you|status/.test(text), text);
  await accessible(page);
  await picture(page, 'quiet');
  await page.close();
}

// Somebody who works in a care home, for a resident: who asks, what home it is, and a chance to say that it is not safe to ring.
async function a_care_home_asks() {
  const page = await opened({ viewport: { width: 390, height: 844 } });
  const asked = [];
  await walk(page, {
    ...somebodyElse, for: { radio: ['for', 'care-home'] },
    you: { ...somebodyElse.you, 'your-relation': 'nurse', 'your-organisation': 'Invented House' },
    place: { radio: ['place', 'care-home'] }, address: { line1: 'Invented House, 9 Invented Road', postcode: 'IG1 1DN' },
    phone: { phone: '020 7946 0911', radio: ['safe', 'no'] }, consent: { radio: ['consent', 'lacks-capacity'] },
  }, 'check', async (name) => asked.push(name));
  check(!asked.includes('alone') && asked.includes('you'), `asked ${asked}`);
  await picture(page, 'check-care-home');
  await go(page, 'send');
  const found = await reference(page);
  const why = (await explain(found)).replace(/\s+/g, ' ');
  check(why.includes('residence type: care-home') && why.includes('consent: lacks-capacity'), why);
  const record = JSON.parse(await services.say(`ctl open ${found} --by C.Desk --purpose checking --json`));
  for (const part of ['Invented House', 'nurse', '"safe_to_call"', '"no"'])
    check(record.includes(part), `${part} in ${record}`);
  await page.close();
}

// The browser's own buttons: nothing that was typed is lost by Back, by a reload, or by both. (No page may be kept in a cache,
// so that the browser asks before it shows an earlier one again.)
async function backAndAgain(page) {
  await page.goBack().catch(() => {}); // what a browser says of a page that it may not keep
  for (let tries = 0; tries < 20; tries += 1) {
    await page.waitForTimeout(250);
    if (await page.reload().then(() => true, () => false)) return;
  }
  throw new Error('the earlier page did not come back');
}

async function the_browsers_own_buttons() {
  const page = await opened();
  await walk(page, me, 'name');
  await answer(page, me.name);
  check((await pageName(page)) === 'born', 'the next page');
  await page.reload();
  check((await pageName(page)) === 'born', 'a reload is the same page');
  await backAndAgain(page);
  check((await pageName(page)) === 'name', `back, and shown again: ${await page.title()}`);
  await answer(page, { given: 'Sam', family: 'Example' });
  await walk(page, me);
  check((await page.locator('main').innerText()).includes('Sam'), 'the newer answer counts');
  await go(page, 'send');
  const first = await reference(page);
  await backAndAgain(page);
  await go(page, 'send');
  check((await reference(page)) === first, 'sent again from an earlier page it is the same referral');
  await page.close();
}

// Two tabs are two people's forms; the page of one knows nothing of the other.
async function two_tabs_do_not_mix() {
  const one = await opened();
  const two = await opened();
  await walk(one, me, 'name');
  await walk(two, somebodyElse, 'name');
  await answer(one, { given: 'Onetab', family: 'Example' });
  await answer(two, { given: 'Twotab', family: 'Example' });
  await walk(one, me);
  await walk(two, somebodyElse);
  check(!(await one.locator('main').innerText()).includes('Twotab'), 'not of the other');
  await go(one, 'send');
  await go(two, 'send');
  check((await reference(one)) !== (await reference(two)), 'two referrals');
  await one.close();
  await two.close();
}

// A page that was changed, or is too old, starts again and says that nothing was sent.
async function a_page_that_is_not_ours_starts_again() {
  const page = await opened();
  await walk(page, me, 'name');
  await page.locator('input[name=state]').evaluate((e) => { e.value = e.value.replace(/^.{40}/, 'A'.repeat(40)); });
  await go(page, 'next');
  await onPage(page, 'Please start again');
  check((await page.locator('main').innerText()).includes('Nothing was sent'), 'it says so');
  await accessible(page);
  await picture(page, 'start-again');
  await page.close();
}

// 400 % of 1280 pixels is 320; spacing of text as people set it (WCAG 1.4.12); a high contrast mode.
async function it_reads_as_people_set_their_screens() {
  const page = await opened({ viewport: { width: 320, height: 256 }, forcedColors: 'active' });
  await walk(page, somebodyElse, 'check', async (name) => {
    await page.addStyleTag({ content: '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; '
      + 'word-spacing: 0.16em !important } p { margin-bottom: 2em !important }' });
    await fits(page);
    if (name === 'for' || name === 'needs') await picture(page, `contrast-${name}`);
  });
  await page.close();
}

async function nothing_is_kept_or_passed_on() {
  const page = await opened();
  const headers = [];
  page.on('response', (got) => { if (got.request().isNavigationRequest()) headers.push(got.headers()); });
  await walk(page, me);
  for (const each of headers) {
    check(each['cache-control'] === 'no-store' && each['referrer-policy'] === 'no-referrer', JSON.stringify(each));
    check(!('set-cookie' in each) && each['content-security-policy'].includes("frame-ancestors 'none'"), JSON.stringify(each));
  }
  check(headers.length > 10 && page.url() === `${services.url}/self`, page.url());
  const foreign = await fetch(`${services.url}/self`, { method: 'POST', body: 'go=next', headers: {
    'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'cross-site' } });
  check(foreign.status === 403, `${foreign.status} to a form of another site`);
  await page.close();
}

async function nothing_of_anybody_is_logged() {
  const log = JSON.parse(await services.say('log'));
  check(log.includes('form.held'), 'the log has the referrals');
  const found = ['Example', 'Invented', 'hip', '0901', '9990000018', '1944', 'pension', 'IG1'].filter((w) => log.includes(w));
  check(found.length === 0, `found ${found} in the log`);
  const metrics = await (await fetch(`${services.url}/metrics`)).text();
  check(/referral_form_held_total [1-9]/.test(metrics), metrics);
  check(/referral_form_rejected_total 0/.test(metrics), metrics);
}

services = await serve('--program', 'referral-form', '--feeds', 'self,telephone');
chrome = await browser();
const code = await run([
  by_keyboard_on_a_phone_without_scripts, every_page_is_accessible, large_text_fits, an_emergency_stops,
  mistakes_keep_what_was_typed, nothing_is_lost_while_the_router_is_away, two_presses_are_one_referral,
  harm_is_told_and_nothing_promised, a_care_home_asks, the_browsers_own_buttons,
  two_tabs_do_not_mix, a_page_that_is_not_ours_starts_again, it_reads_as_people_set_their_screens, nothing_is_kept_or_passed_on, nothing_of_anybody_is_logged,
]);
await chrome.close();
await services.stop();
process.exitCode = code;
