// On a narrow screen the sidebar is a drawer over the page; closed, it is out of the tab order.

const narrow = window.matchMedia("(max-width: 760px)");
const find = (id) => document.getElementById(id);
const isOpen = () => find("sidebar").classList.contains("open");

export function drawer(open = !isOpen()) {
  find("sidebar").classList.toggle("open", open);
  find("veil").hidden = !open;
  find("main").inert = open && narrow.matches;
  find("sidebar").inert = narrow.matches && !open;
  find("drawer")?.setAttribute("aria-expanded", String(open));
  if (open) find("sidebar").querySelector(".channel.here, button")?.focus();
}

export function closeDrawer() {
  if (!isOpen()) return;
  drawer(false);
  find("drawer")?.focus();
}

narrow.addEventListener("change", () => drawer(false));
find("veil").addEventListener("click", closeDrawer);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]")) closeDrawer();
});
drawer(false);
