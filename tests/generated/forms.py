"""The forms of a page as a browser sees them: where they go, and each field with the value that would be sent."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

LEFT_ALONE = {"submit", "button", "file", "reset"}


@dataclass
class Form:
    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    """In the order in which they would be sent; unticked boxes are not."""
    texts: set[str] = field(default_factory=set)
    """Names of the fields in which a person writes freely."""
    choices: dict[str, str] = field(default_factory=dict)
    """What may be chosen where nothing is: a day, or the first entry of a list."""

    @property
    def names(self) -> set[str]:
        return {name for name, _ in self.fields}

    def value(self, name: str) -> str:
        return dict(self.fields)[name]


def forms_of(html: str) -> list[Form]:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    for owner, *one in reader.apart:
        if owner in reader.named:
            _add(reader.named[owner], *one)
    return reader.forms


def _add(form: Form, name: str, value: str, text: bool, choice: str) -> None:
    form.fields.append((name, value))
    form.texts |= {name} if text else set()
    form.choices |= {name: choice} if choice else {}


def pressed_by_enter(html: str, form_id: str) -> str:
    """Where Enter in a line of the form leads: its first button in the page's order decides, wherever that stands."""
    inside, actions, pressed = "", dict[str, str](), list[str | None]()
    for tag in re.findall(r"<(?:/?form|button)\b[^>]*>", html):
        given = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if tag.startswith("<button"):
            if given.get("form", inside) == form_id and given.get("type", "submit") == "submit":
                pressed.append(given.get("formaction"))
        else:
            inside = given.get("id", "")
            actions |= {inside: given.get("action", "")}
    return pressed[0] or actions[form_id]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.named: dict[str, Form] = {}
        self.apart: list[tuple[str, str, str, bool, str]] = []
        self.open: Form | None = None
        self.area: tuple[str, str] | None = None
        self.written = ""
        self.choice: tuple[str, str] | None = None
        self.options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in pairs}
        owner, name = given.get("form", ""), given.get("name", "")
        if tag == "form":
            self.open = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self.open)
            self.named[given.get("id", "")] = self.open
        elif tag == "input" and name and given.get("type", "text") not in LEFT_ALONE and "disabled" not in given:
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                default = "on" if given.get("type") in ("checkbox", "radio") else ""
                free = given.get("type", "text") == "text" and not given.keys() & {"pattern", "inputmode", "list"}
                day = given.get("max") or "2199-06-01" if given.get("type") == "date" else ""
                self.put(owner, name, given.get("value", default), free, day)
        elif tag == "textarea" and name:
            self.area, self.written = (owner, name), ""
        elif tag == "select" and name:
            self.choice, self.options = (owner, name), []
        elif tag == "option" and self.choice:
            self.options.append((given.get("value", ""), "selected" in given))

    def handle_data(self, data: str) -> None:
        self.written += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "textarea" and self.area:
            self.put(*self.area, self.written.removeprefix("\n"), True)
            self.area = None
        elif tag == "select" and self.choice:
            chosen = [value for value, selected in self.options if selected] or [v for v, _ in self.options[:1]]
            first = next((value for value, _ in self.options if value), "")
            for value in chosen:
                self.put(*self.choice, value, False, first)
            self.choice = None

    def put(self, owner: str, name: str, value: str, text: bool, choice: str = "") -> None:
        if owner or self.open is None:
            self.apart.append((owner, name, value, text, choice))
        else:
            _add(self.open, name, value, text, choice)
