// Answers to the self-referral's pages, and walking through them by pointer.
import { check } from '../lib/harness.mjs';

export const me = {
  emergency: { radio: ['emergency', 'no'] },
  for: { radio: ['for', 'me'] },
  what: { words: 'I need help with washing' },
  since: { radio: ['since', 'days'] },
  needs: {},
  harm: { radio: ['harm', 'no'] },
  name: { given: 'Alex', family: 'Example' },
  born: { 'born-day': '1', 'born-month': 'march', 'born-year': '1950' },
  'nhs-number': {},
  place: { radio: ['place', 'own-home'] },
  address: { line1: '2 Invented Road', postcode: 'IG1 1DN' },
  alone: { radio: ['alone', 'no'] },
  phone: { phone: '020 7946 0903', radio: ['safe', 'yes'] },
  talk: { radio: ['talk', 'no'] },
  consent: { radio: ['consent', 'given'] },
};

export const somebodyElse = {
  ...me,
  for: { radio: ['for', 'family'] },
  you: { 'your-name': 'Dana Example', 'your-relation': 'daughter', 'your-phone': '020 7946 0902', radio: ['with-person', 'yes'] },
  born: { age: '80' },
  place: { radio: ['place', 'no-fixed-abode'] },
  where: { 'where-now': 'The bench outside the library' },
};

export const pageName = (page) => page.locator('input[name=page]').getAttribute('value');
export const go = (page, what) => page.locator(`button[value="${what}"]`).click();

export async function answer(page, given) {
  for (const [field, value] of Object.entries(given)) {
    if (field === 'radio') await page.locator(`input[name="${value[0]}"][value="${value[1]}"]`).check();
    else await page.locator(`[name="${field}"]`).fill(value);
  }
  await go(page, 'next');
}

// Goes on until the page `until`; `before(name)` is called on every page.
export async function walk(page, answers, until = 'check', before = async () => {}) {
  for (let pages = 0; pages < 25; pages += 1) {
    const name = await pageName(page);
    await before(name);
    if (name === until) return;
    await answer(page, answers[name]);
    const errors = await page.locator('.error').allInnerTexts();
    check(errors.length === 0, `${name}: ${errors.join('; ')}`);
  }
  throw new Error(`the page ${until} never came`);
}
