// Logging in.
const told = document.getElementById("told");
document.getElementById("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const response = await fetch("/api/v1/login", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Wharf": "1" },
    body: JSON.stringify({ name: form.get("name"), password: form.get("password") }),
  });
  if (response.ok) return location.assign("/");
  const problem = await response.json().catch(() => ({}));
  told.hidden = false;
  told.textContent = [problem.detail || "It did not work.", problem.advice].filter(Boolean).join(" ");
});
