// A button that copies the text beside it.
export function copying(root) {
  for (const block of root.querySelectorAll("[data-copy]:not(.copy)")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "small";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy: ${block.dataset.copy}`);
    button.addEventListener("click", async () => {
      await write(block.querySelector("pre").textContent);
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy"), 1500);
    });
    block.classList.add("copy");
    block.append(button);
  }
}

async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Only a secure page has a clipboard; this one may have been opened by an address.
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
