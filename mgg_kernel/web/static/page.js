// The frame around a dashboard: loading, theme, and telling when the session or the server is gone.
(() => {
  "use strict";
  const SESSION_ENDED = 4001; // as in kernels.py
  const TOO_BIG = 1009; // RFC 6455
  const POLL_MS = 15000;
  const facts = JSON.parse(document.getElementById("mgg-facts").textContent);
  const limitBytes = facts.uploadLimitMib * 1024 * 1024;
  const state = { finished: false, failed: false, ended: false, switched: false };

  const show = (id, on = true) => {
    const bar = document.getElementById(id);
    if (bar.hidden === !on) { return; }
    bar.hidden = !on;
    // Voilà's shell measures itself only when the window changes.
    window.dispatchEvent(new Event("resize"));
  };

  const end = () => {
    state.ended = true;
    show("mgg-unreachable", false);
    show("mgg-ended");
  };

  const sizeOf = (data) => data.byteLength ?? data.size ?? data.length ?? 0;

  // An upload that is too large would cut the line to the kernel, and the file would vanish
  // without a word; so it is not sent, and said.
  class WatchedSocket extends WebSocket {
    constructor(...parameters) {
      super(...parameters);
      this.addEventListener("close", (event) => {
        if (event.code === SESSION_ENDED) { end(); }
        if (event.code === TOO_BIG) { show("mgg-too-large"); }
      });
    }

    send(data) {
      if (sizeOf(data) > limitBytes + 65536) {
        show("mgg-too-large");
        return;
      }
      show("mgg-too-large", false);
      super.send(data);
    }
  }
  window.WebSocket = WatchedSocket;

  const reveal = () => {
    document.body.classList.remove("mgg-loading");
    document.body.classList.add("mgg-ready");
  };

  const fail = () => {
    state.failed = true;
    show("mgg-failed");
    reveal();
  };

  // Voilà's own scripts call these three.
  window.voila_heartbeat = () => {};
  window.display_cells = () => {};
  window.voila_finish = () => { state.finished = true; };

  const kernelId = () => {
    const config = document.getElementById("jupyter-config-data");
    return config ? JSON.parse(config.textContent).kernelId : null;
  };

  const poll = async () => {
    if (state.ended || state.failed) { return; }
    try {
      const answer = await fetch(`/api/kernels/${kernelId()}`, { cache: "no-store" });
      if (answer.status === 404 || answer.status === 403) { end(); return; }
      show("mgg-unreachable", !answer.ok);
    } catch {
      show("mgg-unreachable");
    }
  };

  const watchCells = () => {
    const cells = document.getElementById("rendered_cells");
    const drawn = () => cells.querySelector(
      ".jupyter-widgets, .jp-RenderedHTMLCommon, .jp-RenderedImage, .jp-RenderedText");
    if (drawn()) { reveal(); return; }
    const observer = new MutationObserver(() => {
      if (drawn()) {
        observer.disconnect();
        reveal();
      }
    });
    observer.observe(cells, { childList: true, subtree: true });
  };

  // Lines, axes and texts of a plot follow the style sheet; glyphs and legends do not, so those
  // that carry the tag "mgg:ink" or "mgg:accent" are painted here, and all plots are painted again.
  const paintPlots = () => {
    const style = getComputedStyle(document.documentElement);
    const colours = {
      "mgg:ink": style.getPropertyValue("--mgg-plot-ink").trim(),
      "mgg:accent": style.getPropertyValue("--mgg-plot-accent").trim(),
    };
    for (const plotDocument of window.Bokeh?.documents ?? []) {
      for (const model of plotDocument.all_models ?? []) {
        const colour = model.tags.map((tag) => colours[tag]).find(Boolean);
        if (colour) { paint(model.glyph ?? model, colour); }
      }
    }
    for (const view of window.Bokeh?.index?.roots ?? []) { repaint(view); }
  };

  const paint = (glyph, colour) => {
    for (const name of ["line_color", "fill_color", "text_color", "label_text_color"]) {
      if (glyph[name]) { glyph[name] = colour; }
    }
  };

  const repaint = (view) => {
    view.request_repaint?.();
    for (const child of view.child_views ?? []) { repaint(child); }
  };

  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-choose-theme]")) {
      const press = () => {
        for (const other of document.querySelectorAll("[data-choose-theme]")) {
          const chosen = other.dataset.chooseTheme === document.documentElement.dataset.theme;
          other.setAttribute("aria-pressed", String(chosen));
        }
      };
      button.addEventListener("click", () => {
        window.mggChooseTheme(button.dataset.chooseTheme);
        press();
      });
      press();
    }
    for (const button of document.querySelectorAll("[data-reload]")) {
      button.addEventListener("click", () => window.location.reload());
    }
    if (!state.finished || document.querySelector("[data-mgg-error]")) { fail(); return; }
    watchCells();
    window.setInterval(poll, POLL_MS);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) { poll(); } });
  });
  // The kernel draws in the colours that the page began with; once they were switched, what it
  // draws anew is painted here too.
  const watchPictures = () => {
    const observer = new MutationObserver((changes) => {
      const added = changes.flatMap((change) => [...change.addedNodes]);
      const isPicture = (node) => node.nodeType === Node.ELEMENT_NODE
        && (node.matches("[class*=bk-]") || node.querySelector("[class*=bk-]"));
      if (added.some(isPicture)) { window.requestAnimationFrame(paintPlots); }
    });
    observer.observe(document.getElementById("rendered_cells"), { childList: true, subtree: true });
  };
  window.addEventListener("mgg-scheme", () => {
    if (!state.switched) { watchPictures(); }
    state.switched = true;
    window.requestAnimationFrame(paintPlots);
  });
})();
