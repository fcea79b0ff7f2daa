// The keyboard: / to search, j and k to walk, Esc to go back, t for the theme, ? for help.

import { byId } from "./dom.js";

export function startKeys({ step, escape, changeTheme, openHelp }) {
  const actions = {
    "/": () => {
      byId("search").focus();
      byId("search").select();
    },
    j: () => step(1),
    k: () => step(-1),
    t: changeTheme,
    "?": openHelp,
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return; // a dialog has its own keys
    if (event.key === "Escape") {
      if (escape()) event.preventDefault();
    } else if (!isWriting(event.target) && Object.hasOwn(actions, event.key)) {
      event.preventDefault();
      actions[event.key]();
    }
  });
}

function isWriting(target) {
  const silent = target.tagName === "INPUT" && ["checkbox", "radio"].includes(target.type);
  return !silent && (["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName) || target.isContentEditable);
}
