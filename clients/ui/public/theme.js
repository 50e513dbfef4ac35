// Before the first paint: the theme and density that were chosen here, if they were.
try {
  const chosen = localStorage.getItem("tidegate.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  if (localStorage.getItem("tidegate.density") === "compact") document.documentElement.dataset.density = "compact";
} catch {
  // A browser that keeps nothing shows what the system has.
}
