/** Part of the page's script: hides the points that the choices leave out, in charts and tables. */
export const FILTER_SCRIPT = `
  const choices = [...document.querySelectorAll("[data-filter]")];
  const shown = document.querySelector("[data-shown]");
  const isChosen = ({ id }) =>
    choices.every(({ value, dataset }) => value === "" || value === "=" + filters[dataset.filter].values[id]);

  const applyFilter = () => {
    const wanted = samples.points.filter(isChosen);
    const ids = new Set(wanted.map(({ id }) => id));
    const labels = new Set(wanted.map(({ label }) => label));
    hidden = new Set(samples.points.map(({ label }) => label).filter((label) => !labels.has(label)));
    for (const row of document.querySelectorAll("tr[data-point]")) row.hidden = !ids.has(row.dataset.point);
    shown.textContent = wanted.length + " of " + samples.points.length + " points";
    void drawAll();
  };
  for (const choice of choices) choice.onchange = applyFilter;
`;
