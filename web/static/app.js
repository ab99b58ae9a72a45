// Enhancements only: every form and page works without this file. All listeners sit on the document,
// so that what htmx swaps in later needs no setting up.
"use strict";
{
  const root = document.documentElement;
  root.classList.add("scripted"); // shows what has class "js"

  const OFFLINE = "网络中断，尚未保存。请勿关闭本页。";
  const ANSWERS = {
    401: "登录已失效，没有保存。请先复制填写的内容，重新登录后再填。",
    403: "您没有办理这一步的权限。",
    404: "没有找到，可能已被撤销或移走。请刷新本页。",
    409: "已被他人更新。您填写的内容还在，请核对后再提交。",
    412: "已被他人更新。您填写的内容还在，请核对后再提交。",
    413: "文件太大，没有上传。请压缩或拆分后再传。",
    429: "操作太频繁，请稍后再试。",
  };

  // --- One line for the reader, in the live region of the shell ---------------------------------

  function say(text, kind = "bad") {
    const box = document.createElement("div");
    box.className = `notice ${kind}`;
    box.append(Object.assign(document.createElement("div"), { textContent: text }));
    document.getElementById("live")?.replaceChildren(box);
  }

  function sayFailure(status) {
    say(ANSWERS[status] ?? `没有保存成功（${status}）。您填写的内容还在，请稍后再提交。`);
  }

  const unsay = (text) => {
    const live = document.getElementById("live");
    if (live?.textContent === text) live.replaceChildren();
  };

  // --- Submitting: once, never offline ------------------------------------------------------------

  const submits = (form) =>
    [...form.elements].filter((e) => e.tagName === "BUTTON" && e.type === "submit" && !e.disabled);

  function hold(form, pressed) {
    form.dataset.busy = "1";
    form.held = submits(form);
    for (const button of form.held) button.disabled = true;
    if (pressed?.tagName === "BUTTON") {
      pressed.said = [...pressed.childNodes];
      pressed.replaceChildren("提交中…");
    }
  }

  function release(form) {
    delete form.dataset.busy;
    for (const button of form.held ?? []) {
      button.disabled = false;
      if (button.said) button.replaceChildren(...button.said);
      delete button.said;
    }
    delete form.held;
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.busy || !navigator.onLine) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!navigator.onLine) say(OFFLINE);
    }
  }, true);

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    const pressed = event.submitter;
    const files = [...form.elements].some((input) => input.type === "file" && input.files.length);
    if (form.hasAttribute("data-upload") && files && !event.defaultPrevented) {
      event.preventDefault();
      document.getElementById("errors")?.remove();
      const refused = tooLarge(form);
      if (refused) return say(refused);
      upload(form, pressed);
    }
    // After the browser has read the form: a disabled button would not be sent.
    setTimeout(() => hold(form, pressed));
  });

  // A page that comes back from the browser's memory must not stay disabled, and its forms are forms of their own:
  // with the value of that rendering, what is pressed again would be answered as before and not done.
  addEventListener("pageshow", (event) => {
    document.querySelectorAll("form[data-busy]").forEach(release);
    if (event.persisted) document.querySelectorAll("input[name=csrf]").forEach(renew);
  });

  function renew(field) {
    const anew = crypto.getRandomValues(new Uint32Array(4)).join("");
    field.value = `${field.value.split(".")[0]}.${anew}`;
  }

  // --- Typed, not saved, and the network gone -----------------------------------------------------

  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.method === "post") form.dataset.typed = "1";
  });
  addEventListener("offline", () => document.querySelector("form[data-typed]") && say(OFFLINE));
  addEventListener("online", () => unsay(OFFLINE));

  // --- htmx: refused answers swap nothing (see htmx-config in base.html), so say them --------------

  // The answer's own .notice where it has one, else the words above.
  document.addEventListener("htmx:response:error", (event) => {
    const { sourceElement, response, text } = event.detail.ctx;
    if (sourceElement.hasAttribute(`hx-status:${response.status}`)) return;
    const notice = new DOMParser().parseFromString(text, "text/html").querySelector(".notice");
    if (notice) document.getElementById("live").replaceChildren(notice);
    else sayFailure(response.status);
  });
  document.addEventListener("htmx:error", (event) => event.detail.ctx && say(OFFLINE));
  document.addEventListener("htmx:finally:request", (event) => {
    const form = event.detail.ctx.sourceElement.closest("form");
    // The submit listener above holds the form in a task of its own; release it after that one.
    if (form) setTimeout(() => release(form));
    stay();
  });
  // The button that was pressed is often gone with what was swapped: the focus stays in that part of the page.
  document.addEventListener("htmx:after:swap", (event) => {
    const errors = document.getElementById("errors");
    if (errors) return errors.focus();
    if (document.activeElement !== document.body) return;
    const { target } = event.detail.ctx;
    const part = typeof target === "string" ? document.querySelector(target) : document.getElementById(target.id);
    part?.setAttribute("tabindex", "-1");
    part?.focus({ preventScroll: true });
  });

  // --- Upload with progress and cancel: <form data-upload enctype="multipart/form-data"> ------------

  const megabytes = (bytes) => (bytes / 1048576).toFixed(1);

  // What is too large is told before a slow line has carried it.
  function tooLarge(form) {
    for (const field of form.elements) {
      const most = Number(field.dataset.most);
      for (const file of (most && field.files) || [])
        if (file.size > most * 1048576) return `“${file.name}”有 ${megabytes(file.size)} MB，超过 ${most} MB，没有上传。请压缩或拆分后再传。`;
    }
  }

  function upload(form, pressed) {
    const request = new XMLHttpRequest();
    const bar = Object.assign(document.createElement("progress"), { max: 100, value: 0, className: "long" });
    bar.setAttribute("aria-label", "上传进度");
    const words = Object.assign(document.createElement("p"), { className: "sub" });
    const cancel = Object.assign(document.createElement("button"), { type: "button", className: "btn small", textContent: "取消上传" });
    const box = Object.assign(document.createElement("div"), { className: "uploading" });
    box.append(bar, words, cancel);
    (pressed?.closest(".acts") ?? form.lastElementChild).after(box);
    cancel.focus();

    const end = (text) => {
      box.remove();
      release(form);
      if (text) say(text);
    };
    cancel.onclick = () => request.abort();
    request.upload.onprogress = (event) => {
      bar.value = Math.floor((100 * event.loaded) / event.total);
      words.textContent = `已上传 ${bar.value}% · ${megabytes(event.loaded)} / ${megabytes(event.total)} MB`;
    };
    request.onabort = () => end("上传已取消，没有保存。");
    request.onerror = () => end(OFFLINE);
    request.onload = () => {
      const html = request.getResponseHeader("Content-Type")?.startsWith("text/html");
      // Without a session nothing of this page would come back.
      if (!html || request.status === 401 || request.status === 413 || request.status >= 500) return end(ANSWERS[request.status] ?? "没有上传成功。您填写的内容还在，请稍后再提交。");
      // Content-Location: a page shown at once, without a redirect, because it holds what was typed.
      showPage(request.responseText, request.getResponseHeader("Content-Location") ?? request.responseURL);
    };
    request.open("POST", pressed?.getAttribute("formaction") || form.getAttribute("action") || location.href);
    request.send(new FormData(form, pressed));
  }

  // The page that a form's redirect led to is shown as it came: asking for it again would lose its flash.
  function showPage(html, url) {
    const page = new DOMParser().parseFromString(html, "text/html");
    document.title = page.title;
    document.body.replaceWith(page.body);
    history.replaceState(null, "", url);
    stay();
    window.htmx?.process(document.body);
    scrollTo(0, 0);
    (document.getElementById("errors") ?? document.getElementById("main"))?.focus();
  }

  // --- Logged out, or idle for as long as a session lasts: no tab goes on showing what it showed -------

  const tabs = new BroadcastChannel("qinglian");
  const idle = Number(document.body.dataset.idle) * 60_000;
  let ends;

  function stay(tell = true) {
    ends = Date.now() + idle;
    if (tell) tabs.postMessage("stay");
  }

  function leave(why) {
    const link = Object.assign(document.createElement("a"), { href: "/login", textContent: "重新登录" });
    const box = Object.assign(document.createElement("p"), { className: "notice info" });
    box.append(why, link);
    document.title = "已退出登录";
    document.body.replaceChildren(box);
  }

  tabs.onmessage = ({ data }) => (data === "stay" ? stay(false) : leave("已在另一个窗口退出登录。"));
  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action") === "/logout") tabs.postMessage("leave");
  });
  stay();
  // The clock, not a timer of that length: that one would stand still while the machine sleeps.
  setInterval(() => {
    const typed = document.querySelector("form[data-typed]"); // Still there to be copied.
    if (idle && Date.now() > ends && !typed) leave("长时间没有操作，登录已结束。");
  }, 10_000);

  // --- <details> as menu (.person) and as dialog (.ask) ----------------------------------------------

  function close(details, focus) {
    details.open = false;
    if (focus) details.querySelector("summary").focus();
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) print();
    const closer = event.target.closest("[data-close]");
    if (closer) close(closer.closest("details"), true);
    for (const open of document.querySelectorAll(".person[open], .ask[open]")) {
      const typed = open.querySelector("form[data-typed]");
      if (!open.contains(event.target) && !typed) close(open, false);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector(".person[open], .ask[open]");
    if (open) close(open, true);
  });
  document.addEventListener("toggle", (event) => {
    if (event.target.matches(".ask[open]")) event.target.querySelector("textarea, input:not([type=hidden])")?.focus();
  }, true);

  // --- Bulk choice: pick all of this page, say how many ----------------------------------------------

  const PICK = 'input[name="ids[]"]';

  document.addEventListener("change", (event) => {
    const box = event.target;
    if (!box.matches(`[data-pick-all], ${PICK}`)) return;
    const rows = [...box.closest("table").querySelectorAll(PICK)];
    if (box.matches("[data-pick-all]")) rows.forEach((row) => (row.checked = box.checked));
    const picked = rows.filter((row) => row.checked).length;
    const all = box.closest("table").querySelector("[data-pick-all]");
    if (all) {
      all.checked = picked === rows.length;
      all.indeterminate = picked > 0 && picked < rows.length;
    }
    document.querySelectorAll("[data-picked]").forEach((out) => (out.textContent = `已选 ${picked} 项`));
  });

  // --- Drafts: <form data-draft="/visits/7/draft"> is posted there after each change; 2xx means kept ---
  // The answer is the page anew; of it the elements with data-fresh, which hold no fields, take the old ones' places.

  let waiting;
  document.addEventListener("change", (event) => {
    // Fields that stand elsewhere and only go along with the form (form="…") are no part of the draft.
    const form = event.target.closest("form[data-draft]");
    if (!form || event.target.type === "file") return;
    clearTimeout(waiting);
    waiting = setTimeout(() => saveDraft(form), 800);
  });

  async function saveDraft(form) {
    if (form.dataset.busy) return;
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
    // Each saving is one of its own, also one that takes the last back: without the value of this rendering of the form.
    data.set("csrf", data.get("csrf").split(".")[0]);
    const body = new URLSearchParams(data);
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body, headers: { "X-Draft": "1" } });
      if (!answer.ok) return sayFailure(answer.status);
      const at = new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
      delete form.dataset.typed;
      stay();
      freshen(await answer.text());
      say(`草稿 ${at} 已保存。网络中断时请不要关闭本页，恢复后再按“保存草稿”。`, "info");
    } catch {
      say(OFFLINE);
    }
  }

  function freshen(html) {
    for (const fresh of new DOMParser().parseFromString(html, "text/html").querySelectorAll("[data-fresh]")) {
      const old = document.getElementById(fresh.id);
      if (!old?.contains(document.activeElement)) old?.replaceWith(fresh);
    }
  }
}
