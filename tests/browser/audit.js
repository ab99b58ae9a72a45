// What axe does not look at, asked of a loaded page: its outline, its width, the size of what a finger touches,
// and that whatever takes the focus shows it. Answers with a list of what is wrong.
({ width, phone }) => {
  const wrong = [];
  const main = document.querySelector("main");
  const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
  const name = (element) => (element.outerHTML.match(/^<[^>]*>/)?.[0] ?? "").slice(0, 140) + (element.textContent ?? "").trim().slice(0, 20);

  if (document.documentElement.lang !== "zh-CN") wrong.push("no language");
  // The public reads whose page it is in place of what the product is called.
  const titled = document.body.matches(".report") ? /^.+ · .+$/ : /^.+ · 清廉学校建设工作平台$/;
  if (!titled.test(document.title)) wrong.push(`title: ${document.title}`);
  const levels = [...main.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(shown).map((head) => Number(head.tagName[1]));
  if (document.querySelectorAll("h1").length !== 1 || levels[0] !== 1) wrong.push(`not one h1 first: ${levels}`);
  levels.forEach((level, n) => n && level > levels[n - 1] + 1 && wrong.push(`a head's level is left out: ${levels}`));
  if (document.documentElement.scrollWidth > width) wrong.push(`wider than the screen: ${document.documentElement.scrollWidth}`);
  for (const element of document.querySelectorAll(".lamp, .tag, .badge, .chip"))
    if (!element.textContent.trim()) wrong.push(`colour without a word: ${name(element)}`);
  for (const bar of document.querySelectorAll("svg[role=img]"))
    if (!/\S/.test(bar.getAttribute("aria-label") ?? "")) wrong.push("a drawing without words");

  const controls = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
    .filter((element) => shown(element) && !element.disabled);

  // What answers to a finger at the control's middle and 21 px above and below it; links in running text are exempt.
  const answers = (control, x, y) => {
    const hit = document.elementFromPoint(x, y);
    return hit && (control.contains(hit) || hit.contains(control) && hit.matches("label, .segmented, .switch, .tabs") || hit.closest("label")?.control === control);
  };
  if (phone) for (const control of controls) {
    if (control.matches("a:not(.btn)") && !control.closest("nav, .side, .top, .tiles, .title, .what")) continue;
    if (control.closest(".skip, .keep")) continue;
    if (document.querySelector(".ask[open]") && !control.closest(".ask[open]")) continue; // behind an open dialog
    control.scrollIntoView({ block: "center", behavior: "instant" });
    const box = (control.labels?.[0]?.contains(control) ? control.labels[0] : control).getClientRects()[0];
    const [x, y] = [box.x + Math.min(box.width / 2, 60), box.y + box.height / 2];
    if (x < 0 || x > width) continue; // in a strip that scrolls sideways
    if (!answers(control, x, y - 21) || !answers(control, x, y + 21)) {
      const above = [-21, 21].map((off) => document.elementFromPoint(x, y + off)?.className ?? "nothing");
      wrong.push(`${Math.round(box.height)} px for a finger: ${name(control)} at ${Math.round(y)}: ${above}`);
    }
  }

  const bare = (element) => {
    const style = getComputedStyle(element);
    return (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) && style.boxShadow === "none";
  };
  for (const ahead of document.querySelectorAll("[tabindex]")) if (ahead.tabIndex > 0) wrong.push(`out of order: ${name(ahead)}`);
  const looked = new Set();
  for (const control of controls) {
    const kind = `${control.localName}.${control.className} ${control.type} in ${control.parentElement.className}`;
    if (looked.has(kind)) continue;
    looked.add(kind);
    control.focus();
    if (document.activeElement !== control) continue;
    const stand_in = getComputedStyle(control).opacity === "0" ? control.nextElementSibling : control;
    if (bare(stand_in)) wrong.push(`the focus does not show: ${name(control)}`);
  }
  document.activeElement?.blur();
  return [...new Set(wrong)];
}
