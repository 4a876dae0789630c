// A form that knows what goes together: what contradicts something that is filled in cannot be.
export function together(root) {
  for (const form of root.querySelectorAll("form[data-contradictions]")) {
    const pairs = JSON.parse(form.dataset.contradictions);
    const parts = (name) => [...form.querySelectorAll(`[name="${name}"]`)];
    const isSet = (name) => parts(name).some((part) => !part.disabled && (part.type === "checkbox" ? part.checked : part.value));
    const update = () => {
      for (const part of form.elements) if (part.name) part.disabled = false;
      for (const [one, other] of pairs) {
        if (isSet(one)) for (const part of parts(other)) part.disabled = !part.value || part.type === "checkbox" ? !(part.checked) : false;
        if (isSet(other)) for (const part of parts(one)) part.disabled = !part.value || part.type === "checkbox" ? !(part.checked) : false;
      }
    };
    form.addEventListener("input", update);
    update();
  }
}
