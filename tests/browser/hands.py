"""Two pairs of hands that do the same work on a page: one points at things, the other has nothing but a keyboard."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

FURTHEST = 160
"""Stops on the longest page, so that a focus that never comes is a failure and not a hanging test."""
FOCUSED = """() => {
  const it = document.activeElement;
  if (!it || it === document.body) return null;
  const words = (text) => (text ?? "").replace(/\\s+/g, " ").trim();
  const label = it.labels?.length ? [...it.labels].map((l) => words(l.textContent)).join(" ") : "";
  const group = words(it.closest("fieldset")?.querySelector("legend")?.textContent);
  const name = words(it.getAttribute("aria-label")) || label || words(it.textContent) || words(it.placeholder);
  const drawn = getComputedStyle(it).opacity === "0" ? it.nextElementSibling : it;
  const style = getComputedStyle(drawn);
  const box = drawn.getClientRects()[0];
  const at = (x, y) => { const hit = document.elementFromPoint(x, y); return hit && (it.contains(hit) || hit.contains(it) || drawn.contains(hit)); };
  const seen = box && [[.5, .5], [.1, .2], [.9, .8]].some(([x, y]) => at(box.x + box.width * x, Math.min(Math.max(box.y + box.height * y, 1), innerHeight - 1)));
  return {
    name, group, tag: it.localName, type: it.type ?? "", checked: it.checked ?? null, html: it.outerHTML.slice(0, 120),
    shown: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 || style.boxShadow !== "none", seen: Boolean(seen),
  };
}"""


class Pointer:
    """Clicks, and fills a field at once."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, path: str) -> None:
        self.page.goto(path)

    def press(self, name: str, *, stays: bool = False) -> None:
        """A button or link called so (``下发 `` ends with a space: begins so); ``stays``: it opens something on the page, or swaps a part of it."""
        self._await(lambda: self._button(name).click(), stays)

    def fill(self, label: str, words: str) -> None:
        self._field(label).fill(words)

    def choose(self, label: str, option: str) -> None:
        field = self._field(label)
        found = field.locator("option").filter(has_text=option).first.get_attribute("value")
        field.select_option(found)

    def tick(self, label: str, group: str = "") -> None:
        scope: Any = self.page.get_by_role("group", name=re.compile("^" + re.escape(group))) if group else self.page
        scope.locator("label", has_text=label).first.click()

    def pick(self, label: str) -> None:
        """A box in a table, which has a name but no words beside it."""
        self.page.get_by_role("checkbox", name=label).first.check()

    def attach(self, label: str, file: Path) -> None:
        self._field(label).set_input_files(str(file))

    def _button(self, name: str) -> Locator:
        words = re.compile(r"^\s*" + re.escape(name) + ("" if name.endswith(" ") else r"\s*$"))
        return self.page.locator("main").locator("button, a, summary").filter(visible=True, has_text=words).last

    def _field(self, label: str) -> Locator:
        return self.page.get_by_label(label).filter(visible=True).first

    def _await(self, act: Any, stays: bool) -> None:
        if stays:
            act()
            return
        with self.page.expect_navigation():
            act()


class Keyboard(Pointer):
    """Tab, Shift+Tab, Enter, Space, arrows and letters; the focus must show and be in sight at every stop."""

    def press(self, name: str, *, stays: bool = False) -> None:
        self.reach(name, ("button", "a", "summary"))
        self._await(lambda: self.page.keyboard.press("Enter"), stays)
        if stays:
            # A dialog that opens takes the focus a moment later.
            self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def fill(self, label: str, words: str) -> None:
        at = self.reach(label, ("input", "textarea"))
        if at["type"] == "date":
            # A date field takes its parts one after the other, in the order of the browser's own language.
            year, month, day = words.split("-")
            tried = []
            for typed in (f"{month}{day}{year}", f"{year}\t{month}{day}"):
                self.page.keyboard.type(typed)
                tried.append(self.page.evaluate("document.activeElement.value"))
                if tried[-1] == words:
                    return
                for _ in range(3):
                    self.page.keyboard.press("ArrowLeft")
            raise AssertionError(f"{label} does not take {words}: {tried}")
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(words)

    def choose(self, label: str, option: str) -> None:
        self.reach(label, ("select",))
        for key in ["Home", *["ArrowDown"] * 30]:
            self.page.keyboard.press(key)
            if self.page.evaluate("document.activeElement.selectedOptions[0].text").startswith(option):
                return
        raise AssertionError(f"{label} has no {option}")

    def tick(self, label: str, group: str = "") -> None:
        self.reach(label, ("input",), group)
        self.page.keyboard.press("Space")

    def pick(self, label: str) -> None:
        self.tick(label)

    def attach(self, label: str, file: Path) -> None:
        with self.page.expect_file_chooser() as chosen:
            # Reached within, and not before: the browser takes its time to begin to tell of a chooser.
            self.reach(label, ("input",))
            self.page.keyboard.press("Enter")
        chosen.value.set_files(str(file))

    def stop(self, back: bool = False) -> dict[str, Any] | None:
        """The next stop of the focus, which must show there and lie under nothing."""
        self.page.keyboard.press("Shift+Tab" if back else "Tab")
        at: dict[str, Any] | None = self.page.evaluate(FOCUSED)
        if at is not None:
            assert at["shown"], f"the focus does not show: {at['html']}"
            assert at["seen"], f"the focus is out of sight: {at['html']}"
        return at

    def reach(self, name: str, tags: tuple[str, ...], group: str = "") -> dict[str, Any]:
        """Tab on until what has the focus is called so; of a set of radios the arrows lead to the others."""
        at: dict[str, Any] | None = self.page.evaluate(FOCUSED)
        passed = []
        for _ in range(FURTHEST):
            if at is not None:
                if self._is(at, name, tags, group):
                    return at
                passed.append(at["name"])
                if (
                    at["type"] == "radio"
                    and at["group"].startswith(group)
                    and (found := self._among_radios(name, tags, group))
                ):
                    return found
            at = self.stop()
        raise AssertionError(f"{name} was never reached; passed {passed}")

    def _among_radios(self, name: str, tags: tuple[str, ...], group: str) -> dict[str, Any] | None:
        """Arrows also choose, so only go where the wanted one is."""
        if not self.page.evaluate(
            "(name) => [...document.getElementsByName(document.activeElement.name)].some((r) => [...r.labels].some((l) => l.textContent.trim().startsWith(name)))",
            name,
        ):
            return None
        for _ in range(6):
            self.page.keyboard.press("ArrowRight")
            at: dict[str, Any] = self.page.evaluate(FOCUSED)
            if self._is(at, name, tags, group):
                return at
        return None

    def _is(self, at: dict[str, Any], name: str, tags: tuple[str, ...], group: str) -> bool:
        called = at["name"].startswith(name) if "button" not in tags or name.endswith(" ") else at["name"] == name
        return at["tag"] in tags and called and at["group"].startswith(group)
