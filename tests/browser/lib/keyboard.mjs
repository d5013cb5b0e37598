// What a person without a mouse does: Tab to the thing, then type, use the arrows, or press it.
export class Keyboard {
  constructor(page) {
    this.page = page;
  }

  async focused() {
    const found = await this.page.locator(':focus').evaluateAll((all) => all.map((e) => ({
      tag: e.tagName, name: e.getAttribute('name'), value: e.getAttribute('value'), text: e.textContent.trim(),
    })));
    return found[0] ?? { tag: 'NONE', text: '' };
  }

  async to(wanted, words) {
    for (let presses = 0; presses < 120; presses += 1) {
      await this.page.keyboard.press('Tab');
      if (wanted(await this.focused())) return;
    }
    throw new Error(`no way by Tab to ${words} on "${await this.page.title()}"`);
  }

  async type(name, text) {
    await this.to((e) => e.name === name, name);
    await this.page.keyboard.type(text);
  }

  // Radios are one stop of Tab; the arrows choose.
  async choose(name, value) {
    await this.to((e) => e.name === name, name);
    await this.page.keyboard.press('Space');
    for (let presses = 0; presses < 12; presses += 1) {
      if ((await this.focused()).value === value) return;
      await this.page.keyboard.press('ArrowDown');
    }
    throw new Error(`no way by arrows to ${name} ${value}`);
  }

  async tick(name) {
    await this.to((e) => e.name === name, name);
    await this.page.keyboard.press('Space');
  }

  async press(words) {
    await this.to((e) => (e.tag === 'BUTTON' || e.tag === 'A') && e.text === words, words);
    await Promise.all([this.page.waitForNavigation(), this.page.keyboard.press('Enter')]);
  }
}
