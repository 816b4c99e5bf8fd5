// Tells at once that a chosen file is too large, instead of after a long upload.
export function checkFiles(page) {
  for (const field of page.querySelectorAll("input[type=file][data-megabytes]")) {
    const line = page.createElement("p");
    line.className = "echo";
    line.setAttribute("role", "status");
    field.after(line);
    field.addEventListener("change", () => {
      const limit = Number(field.dataset.megabytes);
      line.textContent = [...field.files].map((file) => {
        const size = (file.size / 1e6).toFixed(1);
        return file.size > limit * 1e6
          ? `“${file.name}”有 ${size} MB，超过 ${limit} MB 的上限，请压缩或拆分后再选。`
          : `已选“${file.name}”，${size} MB。`;
      }).join("");
      line.classList.toggle("counter-over", [...field.files].some((file) => file.size > limit * 1e6));
    });
  }
}
