// Each flag of an ambulance's BaRS message, from the door to the assignment's page: on the list, above all else on the page, and
// in words at the top of the record. And what is over time, at a glance, on a desk's monitor and on a phone. SHOTS=DIR.
import { accessible, browser, check, fits, picture, run, serve } from '../lib/harness.mjs';

const staff = new URL('./staff.yaml', import.meta.url).pathname;
const flags = [
  ['SG', 'SG1', 'Lives with the nephew she is afraid of', 'Safeguarding'],
  ['SS', 'SS1', 'Dog that bites in the yard', 'Scene safety'],
  ['RC', 'RC1', 'Called six times this week', 'Repeat caller'],
  ['RT', 'RT1', 'ReSPECT form: not for resuscitation', 'ReSPECT'],
  ['IR', 'IR1', 'Norovirus in the house', 'Infection'],
  ['RA', 'RA1', 'Deaf: needs a sign language interpreter', 'Reasonable adjustment'],
];
let services;
let chrome;

async function signedIn(viewport) {
  const page = await (await chrome.newContext({ viewport, bypassCSP: true })).newPage();
  await page.goto(services.url + '/');
  await page.fill('#staff', 'desk.one');
  await page.fill('#password', 'a test password');
  await page.locator('button', { hasText: 'Sign in' }).click();
  await page.locator('h1:has-text("Who is next")').waitFor();
  return page;
}

async function onList(page, row) {
  for (let tries = 0; tries < 50 && (await row.count()) === 0; tries += 1) {
    await page.waitForTimeout(100);
    await page.goto(services.url + '/');
  }
  check((await row.count()) > 0, `it does not come to the list: ${await page.locator('main').innerText()}`);
}

async function each_flag_is_followed() {
  const sent = { locality: 'Wanstead', flags: flags.map((one) => one.slice(0, 3)) };
  check(JSON.parse(await services.say('ambulance ' + JSON.stringify(sent))).status === 200, 'the door took it');
  const page = await signedIn({ width: 390, height: 844 });
  const row = page.locator('.row', { hasText: 'Repeat caller' }).first();
  await onList(page, row);
  for (const [, , , label] of flags)
    check((await row.locator('.flag').allInnerTexts()).includes(label), `${label} on the list: ${await row.innerText()}`);
  await fits(page);
  await picture(page, 'flags-list');
  await row.locator('h2 a').click();
  for (const [, , , label] of flags)
    check((await page.locator('.summary .flag').allInnerTexts()).includes(label), `${label} on the page before it is opened`);
  await page.locator('button', { hasText: 'Open the record' }).click();
  const sections = await page.locator('.record h3').allInnerTexts();
  check(sections[0] === 'Flags and warnings', `first in the record: ${sections}`);
  const shown = page.locator('.record dl').first();
  for (const [, , words, label] of flags) {
    const line = shown.locator('.warn', { has: page.locator(`dt:has-text("${label}")`) });
    check((await line.innerText()).includes(words), `${label}: ${words}, in ${await shown.innerText()}`);
  }
  await fits(page);
  await accessible(page);
  await picture(page, 'flags-record');
  await page.context().close();
}

async function what_is_over_time_stands_first() {
  const refer = async (words) => JSON.parse(await services.say('refer ' + JSON.stringify({ feed: 'kgh-pas', locality: 'Wanstead', ...words })));
  const late = await refer({ nhs: '9990000026', minutes_ago: 150 });
  await refer({ nhs: '9990000034', minutes_ago: 70, flags: ['scene-safety'] });
  for (const viewport of [{ width: 1920, height: 1080 }, { width: 390, height: 844 }]) {
    const page = await signedIn(viewport);
    await onList(page, page.locator('.row', { hasText: late.referral }));
    const first = await page.locator('.row').first().innerText();
    check(first.includes(late.referral) && first.includes('OVER TIME') && /30 min over|31 min over|32 min over/.test(first), first);
    const top = (await page.locator('.row').first().boundingBox()).y;
    check(top < viewport.height / 2, `the first row begins at ${top} of ${viewport.height}`);
    check((await page.locator('.row .late').count()) === 1, 'one is over time, and no other says so');
    await fits(page);
    await accessible(page);
    await picture(page, `over-${viewport.width}`);
    await page.context().close();
  }
}

services = await serve('--program', 'referral-worklist', '--role', 'desk', '--teams', '*', '--open', '--argument=--staff',
  `--argument=${staff}`);
chrome = await browser();
const code = await run([each_flag_is_followed, what_is_over_time_stands_first]);
await chrome.close();
await services.stop();
process.exit(code);
