// Who came by a log-in may log out. Scripts cannot see its cookie; but who is sent to the log-in page without it came by it.
import { send } from "./api.js";

export async function offerLogOut(button) {
  const without = await fetch("/", { method: "HEAD", credentials: "omit", redirect: "manual", cache: "no-store" }).catch(() => null);
  if (!without || without.type !== "opaqueredirect") return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    await send("POST", "/logout").then(() => location.assign("/login"), (error) => { button.disabled = false; button.title = error.message; });
  });
}
