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
  check(/priority asked +two-hour/.test(why) && /flags +\["scene-safety"\]/.test(why), why);
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

services = await serve('--program', 'referral-form', '--feeds', 'self,telephone', '--serve', 'telephone');
chrome = await browser();
const code = await run([a_call_by_keyboard, what_cannot_be_read_is_asked_again, nothing_is_lost_while_the_router_is_away,
  a_concern_is_not_shown_to_whoever_has_the_reference]);
await chrome.close();
await services.stop();
process.exitCode = code;
