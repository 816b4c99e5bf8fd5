// What the page has to say first gets the focus, so that it is read and spoken before anything else.
const first = ["[data-error-summary]", "[data-focus]", "[data-flash]"].map((one) => document.querySelector(one)).find(Boolean);
if (first) first.focus();

// A link of the error summary shows the label and what is wrong, and puts the focus into the field.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-error-summary] a");
  const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!field) return;
  event.preventDefault();
  const folded = field.closest("details");
  if (folded) folded.open = true;
  field.focus({ preventScroll: true });
  (field.closest(".field") || field).scrollIntoView();
});
