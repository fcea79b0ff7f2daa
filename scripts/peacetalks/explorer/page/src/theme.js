// Light, dark, or as the system has it; the choice is kept where the browser lets the page keep one.

import { byId } from "./dom.js";

const KEY = "peacetalks-theme";
const NEXT = { system: "light", light: "dark", dark: "system" };
const SIGNS = { system: "◐", light: "☀", dark: "☾" };

export function startTheme() {
  let theme = stored() ?? "system";
  const apply = () => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    byId("theme").textContent = SIGNS[theme];
    byId("theme").setAttribute("aria-label", `Theme: ${theme}. Change to ${NEXT[theme]} (t)`);
    byId("theme").title = `Theme: ${theme} (t)`;
  };
  const change = () => {
    theme = NEXT[theme];
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Storage is switched off: the choice lasts as long as the page.
    }
    apply();
  };
  byId("theme").addEventListener("click", change);
  apply();
  return change;
}

function stored() {
  try {
    const found = localStorage.getItem(KEY);
    return found in NEXT ? found : null;
  } catch {
    return null;
  }
}
