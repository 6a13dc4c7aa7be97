/** Part of the page's script: the table of one point's trials. Texts are set as texts, never as HTML. */
export const SAMPLES_SCRIPT = `
  const chosen = document.querySelector("[data-samples-of]");
  const samplesTable = document.querySelector("[data-samples-table]");
  /** More rows than these make a page slow; the CSV has them all. */
  const MOST_ROWS = 500;

  const element = (name, text, attributes = {}) => {
    const made = document.createElement(name);
    made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };

  const sampleNames = () => [
    "Repetition", "Attempt", "Counts", "Status", "Started",
    ...samples.metrics.map(({ title, unit }) => title + ", " + unit),
  ];
  const sampleRows = ({ trials }) =>
    trials.map(([repetition, attempt, counts, status, started, values]) =>
      [repetition, attempt, counts ? "yes" : "no", status, started, ...values]);

  const showSamples = () => {
    const point = byId.get(chosen.value);
    const table = document.createElement("table");
    const head = table.createTHead().insertRow();
    for (const name of sampleNames()) head.append(element("th", name, { scope: "col" }));
    const body = table.createTBody();
    for (const cells of sampleRows(point).slice(0, MOST_ROWS)) {
      const row = body.insertRow();
      cells.forEach((cell, i) => {
        const kind = typeof cell === "number" ? "number" : "short";
        row.append(element(i === 0 ? "th" : "td", cell ?? "–", { class: kind, ...(i === 0 && { scope: "row" }) }));
      });
    }
    const region = element("div", "", { class: "scroll", role: "region", tabindex: "0", "aria-label": "Samples" });
    region.append(table);
    const more = point.trials.length - MOST_ROWS;
    samplesTable.replaceChildren(region, ...(more > 0 ? [element("p", "And " + more + " more, in the CSV.")] : []));
  };

  if (chosen) {
    for (const option of chosen.options) option.textContent = byId.get(option.value).label;
    chosen.onchange = showSamples;
    document.querySelector("[data-samples-csv]").onclick = () => {
      const point = byId.get(chosen.value);
      save("samples-" + point.id + ".csv", "text/csv", csv([sampleNames(), ...sampleRows(point)]));
    };
    for (const link of document.querySelectorAll("a[data-samples]")) {
      link.addEventListener("click", () => {
        chosen.value = link.dataset.samples;
        showSamples();
      });
    }
    showSamples();
  }
`;
