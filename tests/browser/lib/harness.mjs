// What every browser test needs: the router with one adapter (serve.py), Debian's chromium, the check of a page by
// axe-core, pictures when SHOTS names a folder, and cmocka's lines at the end.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = dirname(fileURLToPath(import.meta.url));
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = process.env.SHOTS;
let shot = 0;

export function check(condition, words) {
  if (!condition) throw new Error(words);
}

// The services under test: { url, say(word) -> answer, stop() }.
export async function serve(...words) {
  const child = spawn('/usr/bin/python3', [join(here, 'serve.py'), ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise((resolve) => child.on('exit', resolve));
  const next = async () => {
    const line = await lines.next();
    check(!line.done, 'the services ended; see above');
    return line.value;
  };
  const ready = JSON.parse(await next());
  return {
    ...ready,
    say: async (word) => {
      child.stdin.write(word + '\n');
      return next();
    },
    stop: async () => {
      child.stdin.end();
      check((await ended) === 0, 'the services did not end well');
    },
  };
}

export function browser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
  });
}

// Rules of WCAG 2.2 A and AA, and those of good practice; none may be broken. Needs a context with scripts: axe is one.
export async function accessible(page) {
  await page.evaluate(axeSource);
  const result = await page.evaluate(() =>
    window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  const found = result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
  check(result.passes.length > 5, 'axe looked at next to nothing');
  check(found.length === 0, `${await page.title()}: ${found.join('; ')}`);
}

// Nothing is wider than the window: no scrolling sideways (WCAG 1.4.10). Works without scripts in the page.
export async function fits(page) {
  const wide = await page.locator('body *').evaluateAll((all, width) => all
    .filter((e) => e.getBoundingClientRect().left >= 0 && e.getBoundingClientRect().right > width + 1)
    .map((e) => e.outerHTML.slice(0, 90)), page.viewportSize().width);
  check(wide.length === 0, `${await page.title()}: wider than the window: ${wide[0]}`);
}

export async function picture(page, name) {
  if (!shots) return;
  mkdirSync(shots, { recursive: true });
  shot += 1;
  await page.screenshot({ path: join(shots, `${String(shot).padStart(2, '0')}-${name}.png`), fullPage: true });
}

export async function run(cases) {
  const failed = [];
  console.log(`[==========] Running ${cases.length} test(s).`);
  for (const one of cases) {
    console.log(`[ RUN      ] ${one.name}`);
    try {
      await one();
      console.log(`[       OK ] ${one.name}`);
    } catch (error) {
      console.log(error.stack);
      console.log(`[  FAILED  ] ${one.name}`);
      failed.push(one.name);
    }
  }
  console.log(`[==========] ${cases.length} test(s) run.`);
  console.log(`[  PASSED  ] ${cases.length - failed.length} test(s).`);
  if (failed.length > 0) console.log(`[  FAILED  ] ${failed.length} test(s)`);
  return failed.length === 0 ? 0 : 1;
}
