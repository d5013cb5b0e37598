// One person through several doors, in a browser against the real router: what waits for the desk, what is alike and what is
// not, two records side by side, one click to link, to dismiss, to take apart; what a team sees of it. Without JavaScript but
// where axe-core reads, part of it in a window of 320 pixels, part by keyboard alone.
import { accessible, browser, check, fits, picture, run, serve } from '../lib/harness.mjs';
import { Keyboard } from '../lib/keyboard.mjs';

const staff = new URL('./staff.yaml', import.meta.url).pathname;
const desktop = { viewport: { width: 1280, height: 800 }, javaScriptEnabled: false };
const phone = { viewport: { width: 320, height: 640 }, javaScriptEnabled: false };
// axe is a script: this context lets it in, past the pages' own policy.
const reader = { viewport: { width: 1280, height: 800 }, bypassCSP: true };
const NAME = 'Secretname';

let services;
let chrome;

const text = (page) => page.locator('main').innerText();
const refer = async (words) => JSON.parse(await services.say('refer ' + JSON.stringify({ family: NAME, ...words }))).referral;

async function has(page, ...parts) {
  const found = await text(page);
  for (const part of parts) check(found.includes(part), `expected "${part}" on ${page.url()}, found:\n${found}`);
}

async function hasNot(page, ...parts) {
  const found = await text(page);
  for (const part of parts) check(!found.includes(part), `did not expect "${part}" on ${page.url()}`);
}

async function signIn(who, kind) {
  const context = await chrome.newContext(kind);
  const page = await context.newPage();
  await page.goto(services.url + '/');
  await page.fill('#staff', who);
  await page.fill('#password', 'a test password');
  await page.locator('button', { hasText: 'Sign in' }).click();
  await page.locator('h1:has-text("Who is next")').waitFor();
  return page;
}

// The suggestion about these two, as the page shows it.
const pair = (page, one, other) => page.locator('li.box', { hasText: one }).filter({ hasText: other }).first();

async function press(page, within, words) {
  await within.locator('button', { hasText: words }).first().click();
  await page.waitForLoadState();
}

async function look(page, name) {
  await fits(page);
  await picture(page, name);
  check(!(await page.title()).includes(NAME) && !page.url().includes(NAME), 'a name in a title or an address');
}

// A list comes to a person by itself; here by loading it again.
async function onList(page, ...parts) {
  for (let tries = 0; tries < 50; tries += 1) {
    await page.goto(services.url + '/');
    const found = await text(page);
    if (parts.every((part) => found.includes(part))) return;
    await page.waitForTimeout(100);
  }
  throw new Error(`"${parts}" does not come to the list: ${await text(page)}`);
}

async function two_doors_of_one_person_are_linked_with_one_click() {
  const one = await refer({ feed: 'kgh-pas', locality: 'Wanstead', nhs: '9990000018', need: 'frailty', priority: 'ROUTINE' });
  const other = await refer({ feed: 'las-cad', locality: 'Wanstead', nhs: '9990000018' });
  const page = await signIn('desk.one', desktop);
  await page.locator('nav a', { hasText: 'Same person?' }).click();
  const shown = pair(page, one, other);
  check((await shown.innerText()).includes('Same: NHS number, name, date of birth, postcode, GP practice'), await shown.innerText());
  await hasNot(page, NAME, '999 000 0018', '9990000018'); // what is alike, not what it is
  await look(page, 'links');
  await press(page, shown, 'Same person: link');
  await has(page, 'Linked: both show the nearest deadline, and no clock has moved.');
  await hasNot(page, one);
  await onList(page, one, other, 'Same person as 1 more referral; nearest deadline of all');
  await look(page, 'linked-list');
  await page.goto(`${services.url}/links/${one}`);
  await has(page, 'Linked: one person', 'Devi Desk');
  await look(page, 'linked');
  await press(page, pair(page, one, other), 'Take the link apart');
  await has(page, 'The link is taken apart.');
  await page.goto(`${services.url}/links/${other}`);
  await has(page, 'Not one person');
  await page.context().close();
}

async function what_differs_stands_side_by_side() {
  const one = await refer({ feed: 'kgh-pas', locality: 'Fairlop', nhs: '9990000026', given: 'Edith', birth: '1944-06-15' });
  const other = await refer({ feed: 'telephone', locality: 'Fairlop', nhs: '9990000026', given: 'Edna', birth: '1944-06-16' });
  const page = await signIn('desk.clinician', phone);
  await page.goto(services.url + '/links');
  const shown = pair(page, one, other);
  check((await shown.innerText()).includes('Different: name, date of birth'), await shown.innerText());
  await look(page, 'links-320');
  await press(page, shown, 'Open and compare both records');
  await has(page, 'Edith', 'Edna', '1944-06-15', '1944-06-16', 'Different', 'Same', '1 Example Road');
  await look(page, 'compare-320');
  await press(page, page, 'Not the same person');
  await has(page, 'Noted: not the same person.');
  await hasNot(page, one);
  await page.context().close();
  const wide = await signIn('desk.one', desktop);
  await wide.goto(`${services.url}/links/${one}/${other}`); // somebody else, who has not opened them
  await hasNot(wide, 'Edith', '1944-06-15');
  await has(wide, 'in the record');
  await press(wide, wide, 'Open and compare both records');
  await has(wide, 'Edith', '1944-06-16');
  await look(wide, 'compare');
  await wide.context().close();
}

async function by_keyboard_alone() {
  const one = await refer({ feed: 'self', locality: 'Wanstead', nhs: '9990000034', given: 'Beryl' });
  const other = await refer({ feed: 'kgh-pas', locality: 'Wanstead', nhs: '9990000034', given: 'Beryl' });
  const page = await signIn('desk.one', desktop);
  const keyboard = new Keyboard(page);
  await keyboard.to((e) => e.text === 'Same person?', 'the page of suggestions');
  await page.keyboard.press('Enter');
  await page.locator('h1:has-text("Same person?")').waitFor();
  await keyboard.to((e) => e.tag === 'BUTTON' && e.text.startsWith('Same person: link') && e.text.includes(one), 'the link');
  await page.keyboard.press('Enter');
  await page.locator('text=Linked: both show').waitFor();
  await onList(page, one, other, 'Same person as 1 more referral');
  await page.context().close();
}

async function a_team_sees_how_many_and_how_soon() {
  const theirs = await refer({ feed: 'self', locality: 'Wanstead', nhs: '9990000042', given: 'Clara', need: 'loneliness', priority: 'ROUTINE',
    words: 'Would like company' });
  const other = await refer({ feed: 'kgh-pas', locality: 'Wanstead', nhs: '9990000042', given: 'Clara' });
  const desk = await signIn('desk.one', desktop);
  await desk.goto(`${services.url}/links/${theirs}`);
  await press(desk, pair(desk, theirs, other), 'Same person: link');
  await desk.context().close();
  const page = await signIn('vol.hub', phone);
  await onList(page, theirs, 'Same person as 1 more referral; nearest deadline of all');
  await hasNot(page, other);
  await look(page, 'voluntary-linked');
  await page.goto(`${services.url}/item/${theirs}.1`);
  await has(page, 'Same person as 1 more referral');
  await hasNot(page, other, 'Same person as another referral?');
  for (const path of ['/links', `/links/${theirs}`, `/links/${theirs}/${other}`]) {
    await page.goto(services.url + path);
    await has(page, 'There is no such page.');
  }
  await page.context().close();
}

async function bad_references_are_said() {
  const one = await refer({ feed: 'kgh-pas', locality: 'Wanstead', nhs: '9990000050', given: 'Doris' });
  const page = await signIn('desk.one', desktop);
  await page.goto(`${services.url}/links/${one}`);
  await has(page, 'Nothing is suggested or linked.');
  await page.fill('#to', 'nonsense');
  await press(page, page.locator('form[action$="/link"]'), 'Link');
  await has(page, 'Give the reference of the other referral, as in 7K3Q9-M2X4T.');
  await page.goto(`${services.url}/links/${one}`);
  await page.fill('#to', 'AAAAA-AAAAA');
  await press(page, page.locator('form[action$="/link"]'), 'Link');
  await has(page, 'Not done.', 'with which one?');
  await page.goto(`${services.url}/links/${one}/AAAAA-AAAAA`);
  await has(page, 'Nobody has suggested or said');
  await page.goto(`${services.url}/links/AAAAA-AAAAA`);
  await has(page, 'No referral of that name is held.');
  await page.context().close();
}

async function axe_finds_nothing() {
  const one = await refer({ feed: 'kgh-pas', locality: 'Wanstead', nhs: '9990000069', given: 'Elsie', flags: ['safeguarding'] });
  const other = await refer({ feed: 'las-cad', locality: 'Fairlop', nhs: '9990000069', given: 'Elsie' });
  const page = await signIn('desk.clinician', reader);
  await page.goto(services.url + '/links');
  await accessible(page);
  await press(page, pair(page, one, other), 'Open and compare both records');
  await accessible(page);
  await page.goto(`${services.url}/links/${one}`);
  await accessible(page);
  await press(page, pair(page, one, other), 'Same person: link');
  await onList(page, 'Same person as 1 more referral');
  await accessible(page);
  await page.context().close();
}

async function no_name_is_in_the_log() {
  const log = JSON.parse(await services.say('log'));
  check(log.includes('worklist.order'), 'the log is empty');
  for (const word of [NAME, 'Edith', 'Example Road', '999000', '7946', 'a test password'])
    check(!log.includes(word), `"${word}" is in the log`);
}

services = await serve('--program', 'referral-worklist', '--role', 'desk', '--teams', '*', '--open', '--argument=--staff',
  `--argument=${staff}`);
chrome = await browser();
const code = await run([two_doors_of_one_person_are_linked_with_one_click, what_differs_stands_side_by_side, by_keyboard_alone,
  a_team_sees_how_many_and_how_soon, bad_references_are_said, axe_finds_nothing, no_name_is_in_the_log]);
await chrome.close();
await services.stop();
process.exit(code);
