// Before anything is drawn: the theme that was chosen here, else the system's.
(function () {
  var chosen = null;
  try { chosen = localStorage.getItem("wharf-theme"); } catch (error) { /* private mode */ }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
