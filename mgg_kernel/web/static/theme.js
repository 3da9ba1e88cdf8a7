// Runs before anything is drawn: settles light or dark, and keeps it settled.
(() => {
  "use strict";
  const root = document.documentElement;
  const preference = window.matchMedia("(prefers-color-scheme: dark)");

  const keep = (name, value) => {
    const secure = window.location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${name}=${value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  };

  const settle = () => {
    const theme = root.dataset.theme || "auto";
    const scheme = theme === "auto" ? (preference.matches ? "dark" : "light") : theme;
    root.dataset.scheme = scheme;
    // The kernel draws before any script of its page runs, so it reads this from the request.
    keep("mgg-scheme", preference.matches ? "dark" : "light");
    document.body?.setAttribute("data-jp-theme-light", String(scheme === "light"));
    window.dispatchEvent(new CustomEvent("mgg-scheme", { detail: scheme }));
  };

  window.mggChooseTheme = (theme) => {
    root.dataset.theme = theme;
    keep("mgg-theme", theme);
    settle();
  };
  preference.addEventListener("change", settle);
  document.addEventListener("DOMContentLoaded", settle);
  settle();
})();
