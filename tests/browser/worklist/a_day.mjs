// A day at the lists, in a browser against the real router: sign in, claim, open, accept, contact, undo, contact, close; two
// people press Claim at once; amendment and cancellation after a claim; the desk triages, routes, looks into quarantine; the
// least that the voluntary sector sees; a router that is away. Without JavaScript but where axe-core reads, half of it in a
// window of 320 pixels.
import { accessible, browser, check, fits, picture, run, serve } from '../lib/harness.mjs';

const staff = new URL('./staff.yaml', import.meta.url).pathname;
const desktop = { viewport: { width: 1280, height: 800 }, javaScriptEnabled: false };
const phone = { viewport: { width: 320, height: 640 }, javaScriptEnabled: false };
// axe is a script: this context lets it in, past the pages' own policy.
const reader = { viewport: { width: 1280, height: 800 }, bypassCSP: true };
const NAME = 'Secretname';

let services;
let chrome;

const text = (page) => page.locator('main').innerText();
const refer = async (words) => JSON.parse(await services.say('refer ' + JSON.stringify({ family: NAME, ...words })));

async function has(page, ...parts) {
  const found = await text(page);
  for (const part of parts) check(found.includes(part), `expected "${part}" on ${page.url()}, found:\n${found}`);
}

async function hasNot(page, part) {
  check(!(await text(page)).includes(part), `did not expect "${part}" on ${page.url()}`);
}

async function signIn(who, kind) {
  const context = await chrome.newContext(kind);
  const page = await context.newPage();
  await page.goto(services.url + '/');
  await page.fill('#staff', who);
  await page.fill('#password', 'a test password');
  await press(page, 'Sign in');
  await page.locator('h1:has-text("Who is next")').waitFor();
  return page;
}

async function press(page, words) {
  await page.locator('button', { hasText: words }).first().click();
  await page.waitForLoadState();
}

// A list comes to a person by itself; here by loading it again.
async function onList(page, part) {
  for (let tries = 0; tries < 50; tries += 1) {
    await page.goto(services.url + '/');
    if ((await text(page)).includes(part)) return;
    await page.waitForTimeout(100);
  }
  throw new Error(`"${part}" does not come to the list: ${await text(page)}`);
}

async function offList(page, part) {
  for (let tries = 0; tries < 50; tries += 1) {
    await page.goto(services.url + '/');
    if (!(await text(page)).includes(part)) return;
    await page.waitForTimeout(100);
  }
  throw new Error(`"${part}" stays on the list`);
}

async function look(page, name) {
  await fits(page);
  await picture(page, name);
  check(!(await page.title()).includes(NAME) && !page.url().includes(NAME), 'a name in a title or an address');
}

async function unfold(page, id) {
  const details = page.locator(`#do-${id}`);
  if ((await details.getAttribute('open')) === null) await details.locator('summary').click();
  return details;
}

async function contact(page, mode, outcome) {
  const details = await unfold(page, 'contact');
  await details.locator(`#mode-${mode}`).check();
  await details.locator('#contact-outcome').selectOption(outcome);
  await details.locator('button').click();
  await page.waitForLoadState();
}

async function a_person_is_seen_to(kind) {
  const { referral, team } = await refer({ feed: 'kgh-pas', locality: 'Wanstead', words: 'Fell <b>down</b>\nin the hall & cold' });
  check(team === 'rapid-response', `went to ${team}`);
  const page = await signIn('pat.jones', kind);
  await onList(page, referral);
  await has(page, 'Next: nobody has this one', 'Two-hour response', 'in 1 h', 'Wanstead', 'Waiting: nobody has it');
  await hasNot(page, NAME);
  await look(page, 'list');
  await page.locator(`form[action="/item/${referral}.1/claim"] button`).click();
  await has(page, 'You have claimed it.', 'Claimed by Pat Jones');
  await hasNot(page, NAME);
  await look(page, 'claimed');
  await press(page, 'Open the record');
  await has(page, `Alex ${NAME}`, 'Fell <b>down</b>\nin the hall & cold', '999 000 0018', '1 Example Road', '020 7946 0900',
    'the team was chosen by this address', 'Nobody has seen or spoken to the person yet.', 'Stops with: Face to face');
  await press(page, 'Accept for the team');
  await has(page, 'You have accepted it for the team.', `Alex ${NAME}`);
  await contact(page, 'telephone', 'no-answer');
  await has(page, 'Contact recorded: Spoke by telephone.', '1 contact recorded', 'No answer');
  await look(page, 'record');
  await press(page, 'Undo');
  await has(page, 'Contact undone', 'does not count', 'Stops with: Face to face');
  await contact(page, 'face-to-face', 'treated');
  await has(page, 'Contact recorded: Seen face to face.', 'ended');
  await look(page, 'contacted');
  const close = await unfold(page, 'close');
  await close.locator('#close-outcome').selectOption('seen-complete');
  await close.locator('button').click();
  await has(page, 'Closed: Seen, complete.');
  await offList(page, referral);
  await page.goto(`${services.url}/item/${referral}.1`);
  await has(page, 'has left the list', 'Was that a mistake?');
  await page.context().close();
}

async function from_claim_to_close() {
  await a_person_is_seen_to(desktop);
}

async function from_claim_to_close_in_320_pixels() {
  await a_person_is_seen_to(phone);
}

async function by_keyboard_alone() {
  const { referral } = await refer({ feed: 'kgh-pas', locality: 'Wanstead', nhs: '9990000026' });
  const context = await chrome.newContext(desktop);
  const page = await context.newPage();
  const tabTo = async (wanted) => {
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press('Tab');
      const shown = page.locator(':focus');
      if ((await shown.count()) > 0 && (await shown.evaluate((e) => e.outerHTML + (e.form?.action ?? ''))).includes(wanted)) return;
    }
    throw new Error(`no way by Tab to ${wanted}`);
  };
  await page.goto(services.url + '/');
  await tabTo('id="staff"');
  await page.keyboard.type('sam.okoro');
  await tabTo('id="password"');
  await page.keyboard.type('a test password');
  await page.keyboard.press('Enter');
  await page.locator('h1:has-text("Who is next")').waitFor();
  await onList(page, referral);
  await tabTo(`/item/${referral}.1/claim`);
  await page.keyboard.press('Enter');
  await page.locator('text=You have claimed it.').waitFor();
  await tabTo('Release');
  await page.keyboard.press('Enter');
  await page.locator('text=You have released it').waitFor();
  await context.close();
}

async function two_press_claim_at_once() {
  const { referral } = await refer({ feed: 'kgh-pas', locality: 'Fairlop', nhs: '9990000034' });
  const pages = [await signIn('pat.jones', desktop), await signIn('sam.okoro', phone)];
  for (const page of pages) {
    await onList(page, referral);
    await page.goto(`${services.url}/item/${referral}.1`);
  }
  await Promise.all(pages.map((page) => press(page, 'Claim: I am dealing with it')));
  const said = await Promise.all(pages.map(text));
  const won = said.filter((one) => one.includes('You have claimed it.'));
  const lost = said.filter((one) => /Not done\..* has (claimed )?it:/.test(one));
  check(won.length === 1 && lost.length === 1, `won ${won.length}, lost ${lost.length}:\n${said.join('\n---\n')}`);
  await look(pages[1], 'race');
  for (const page of pages) await page.context().close();
}

async function changes_after_a_claim() {
  const reference = `ref-${Date.now()}`;
  const first = await refer({ feed: 'kgh-pas', locality: 'Wanstead', reference, nhs: '9990000042', words: 'Fell at home' });
  const page = await signIn('pat.jones', desktop);
  await onList(page, first.referral);
  await page.locator(`form[action="/item/${first.referral}.1/claim"] button`).click();
  await press(page, 'Open the record');
  const second = await refer({ feed: 'kgh-pas', locality: 'Wanstead', reference, nhs: '9990000042', action: 'AMEND',
    words: 'Fell again, now confused' });
  check(second.disposal === 'DISPOSAL_AMENDED', JSON.stringify(second));
  await page.reload();
  await has(page, 'The sender has amended it 1 time', 'Fell again, now confused', 'not repeated in the newest message', 'Fell at home');
  check((await page.locator('dt:has-text("In their words") .new').count()) === 1, 'the new words are not marked');
  await look(page, 'amended');
  const third = await refer({ feed: 'kgh-pas', locality: 'Wanstead', reference, nhs: '9990000042', action: 'CANCEL', words: 'Not needed' });
  check(third.disposal === 'DISPOSAL_CANCELLED', JSON.stringify(third));
  await onList(page, 'STAND DOWN');
  await look(page, 'stand-down');
  await page.goto(`${services.url}/item/${first.referral}.1`);
  await press(page, 'Acknowledge: stand down');
  await has(page, 'Acknowledged.');
  await offList(page, first.referral);
  await page.context().close();
}

async function the_desk_decides() {
  const { referral, team } = await refer({ feed: 'self', postcode: 'ZZ99 3VZ', nhs: '9990000050', words: 'No fixed place' });
  check(team === 'desk', `went to ${team}`);
  const page = await signIn('desk.one', desktop);
  await onList(page, referral);
  await page.goto(`${services.url}/item/${referral}.1`);
  await look(page, 'desk-item');
  const triage = await unfold(page, 'triage');
  await triage.locator('#pathway').selectOption('routine');
  await triage.locator('#urgency').selectOption('routine');
  await triage.locator('textarea').fill('Can wait');
  await triage.locator('button').click();
  await has(page, 'Not done.', 'only a clinician may');
  const route = await unfold(page, 'route');
  await route.locator('#lead').selectOption('rapid-response');
  await route.locator('#with-safeguarding').check();
  await route.locator('textarea').fill('Sleeps near the station');
  await route.locator('button').click();
  await has(page, 'Routed: the lead is Community Treatment Team');
  await offList(page, `${referral}.1,`);
  await has(page, referral);
  const team_page = await signIn('pat.jones', phone);
  await onList(team_page, referral);
  await page.context().close();
  await team_page.context().close();
}

async function quarantine_is_the_desks() {
  await refer({ feed: 'kgh-pas', garbage: 'MSH|^~\\&|KGH|RF4|<script>alert(1)</script>\rPID|||\x01' });
  const page = await signIn('desk.one', desktop);
  await page.locator('nav a', { hasText: 'Quarantine' }).click();
  await has(page, 'no-person', 'PID: found none', 'King George Hospital', 'due');
  await look(page, 'quarantine');
  await press(page, 'Open');
  await has(page, '<script>alert(1)</script>\nPID|||<01>');
  await look(page, 'quarantined');
  const refuse = page.locator('form[action$="/refuse"]');
  await refuse.locator('textarea').fill('A test of theirs; rung them');
  await refuse.locator('button').click();
  await has(page, 'Refused: the item is settled.', 'Nothing is in quarantine.');
  const other = await signIn('pat.jones', phone);
  await other.goto(services.url + '/quarantine');
  await has(other, 'There is no such page.');
  await page.context().close();
  await other.context().close();
}

async function the_voluntary_sector_sees_the_least() {
  const { referral, team } = await refer({ feed: 'self', locality: 'Wanstead', need: 'loneliness', priority: 'ROUTINE',
    nhs: '9990000069', words: 'Would like company' });
  check(team === 'voluntary', `went to ${team}`);
  const page = await signIn('vol.hub', phone);
  await onList(page, referral);
  await page.goto(`${services.url}/item/${referral}.1`);
  await press(page, 'Open the record');
  await has(page, `Alex ${NAME}`, 'Would like company', '020 7946 0900', 'This team sees the least that it needs');
  await hasNot(page, '999 000 0069');
  await hasNot(page, '1944');
  await look(page, 'voluntary');
  await page.context().close();
}

async function axe_finds_nothing() {
  const { referral } = await refer({ feed: 'kgh-pas', locality: 'Wanstead', nhs: '9990000077', flags: ['safeguarding'] });
  await refer({ feed: 'kgh-pas', garbage: 'MSH|nothing' });
  const context = await chrome.newContext(reader);
  const page = await context.newPage();
  await page.goto(services.url + '/');
  await accessible(page);
  await page.fill('#staff', 'desk.clinician');
  await page.fill('#password', 'not the password');
  await press(page, 'Sign in');
  await has(page, 'do not belong together');
  await accessible(page);
  await page.fill('#staff', 'desk.clinician');
  await page.fill('#password', 'a test password');
  await press(page, 'Sign in');
  await onList(page, referral);
  await accessible(page);
  await page.goto(`${services.url}/item/${referral}.1`);
  await press(page, 'Open the record');
  for (const one of await page.locator('summary').all()) await one.click();
  await accessible(page);
  await page.goto(services.url + '/quarantine');
  await accessible(page);
  await press(page, 'Open');
  await accessible(page);
  await context.close();
}

async function on_paper() {
  const page = await signIn('desk.one', desktop);
  await page.emulateMedia({ media: 'print' });
  check(!(await page.locator('button:visible').count()), 'buttons are printed');
  check((await page.locator('.row:visible').count()) > 0, 'no row is printed');
  await picture(page, 'print');
  await page.context().close();
}

async function a_router_that_is_away() {
  const page = await signIn('pat.jones', desktop);
  const before = await page.locator('.row').count();
  await services.say('hold');
  try {
    await page.waitForTimeout(1000);
    for (let tries = 0; tries < 60 && !(await text(page)).includes('The router is away'); tries += 1) {
      await page.waitForTimeout(500);
      await page.goto(services.url + '/');
    }
    await has(page, 'The router is away: this list may be stale since');
    check((await page.locator('.row').count()) === before, 'the list was lost');
    await look(page, 'away');
    await press(page, 'Claim');
    await has(page, 'Not done. The router is away');
  } finally {
    await services.say('go');
  }
  for (let tries = 0; tries < 60 && (await text(page)).includes('is away'); tries += 1) {
    await page.waitForTimeout(500);
    await page.goto(services.url + '/');
  }
  await hasNot(page, 'The router is away');
  await page.context().close();
}

async function no_name_is_in_the_log() {
  const log = JSON.parse(await services.say('log'));
  check(log.includes('worklist.order'), 'the log is empty');
  for (const word of [NAME, 'Example Road', '999000', '7946', 'a test password', 'company'])
    check(!log.includes(word), `"${word}" is in the log`);
}

services = await serve('--program', 'referral-worklist', '--role', 'desk', '--teams', '*', '--open', '--argument=--staff',
  `--argument=${staff}`);
chrome = await browser();
const code = await run([from_claim_to_close, from_claim_to_close_in_320_pixels, by_keyboard_alone, two_press_claim_at_once,
  changes_after_a_claim, the_desk_decides, quarantine_is_the_desks, the_voluntary_sector_sees_the_least, axe_finds_nothing,
  on_paper, a_router_that_is_away, no_name_is_in_the_log]);
await chrome.close();
await services.stop();
process.exit(code);
