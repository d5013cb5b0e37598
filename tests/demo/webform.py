"""Walks through a web form as a person does: reads the page, fills in the fields that it knows, presses the button."""
import html.parser
import re
import urllib.error
import urllib.parse
import urllib.request

REFERENCE = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}\b")


class Form(html.parser.HTMLParser):
    """The first form of a page: where it goes, what it holds, what it asks for, its buttons."""

    def __init__(self, page):
        super().__init__()
        self.action, self.hidden, self.asked, self.buttons = None, [], {}, []
        self.inside = self.done = False
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        if tag == "form" and not self.done and a.get("method", "get").lower() == "post":
            self.inside, self.action = True, a.get("action", "")
        elif self.inside and tag == "input" and a.get("type") == "hidden":
            self.hidden.append((a["name"], a.get("value", "")))
        elif self.inside and tag == "button" and a.get("type") == "submit":
            self.buttons.append((a.get("name"), a.get("value", "")))
        elif self.inside and tag in ("input", "textarea", "select") and a.get("name"):
            ticked = a.get("type") not in ("radio", "checkbox") or "checked" in a
            if a["name"] not in self.asked or (ticked and a.get("value")):
                self.asked[a["name"]] = a.get("value", "") if ticked else ""

    def handle_endtag(self, tag):
        if tag == "form" and self.inside:
            self.inside, self.done = False, True


def plain(page):
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def walk(base, path, answers, pages_max=40):
    """Fills in the form that begins at `path` and sends it. Returns the reference that the last page shows, and that page."""
    url = urllib.parse.urljoin(base, path)
    with urllib.request.urlopen(url, timeout=10) as answer:
        page = answer.read().decode()
    for _ in range(pages_max):
        form = Form(page)
        if form.action is None:
            break
        fields = list(form.hidden)
        fields += [(name, answers.get(name, filled_in)) for name, filled_in in form.asked.items()
                   if answers.get(name, filled_in)]
        press = next((b for b in form.buttons if b[1] in ("next", "send", "start")), form.buttons[0] if form.buttons else None)
        if press and press[0]:
            fields.append(press)
        url = urllib.parse.urljoin(url, form.action)
        try:
            with urllib.request.urlopen(url, urllib.parse.urlencode(fields).encode(), timeout=20) as answer:
                page = answer.read().decode()
        except urllib.error.HTTPError as error:  # the page says what is missing
            raise ValueError(f"{path}: {error.code}: " + plain(error.read().decode())[:600]) from error
        found = REFERENCE.search(re.sub(r'value="[^"]*"', "", page))
        if found:
            return found.group(0), page
    return None, page
