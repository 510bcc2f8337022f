// Starts the GOV.UK and MoJ parts that are on this page. Their addresses come from the tag, which knows the fingerprints.
const { govuk, moj } = document.getElementById("app-script").dataset;

const { initAll } = await import(govuk);
initAll();

if (document.querySelector('[data-module^="moj-"]')) {
  const parts = await import(moj);
  parts.initAll();
  const filter = document.querySelector('[data-module="moj-filter"]');
  if (filter) {
    new parts.FilterToggleButton(filter, {
      startHidden: false, // a wide screen shows them; a narrow one hides them anyway
      toggleButton: { showText: "Show filters", hideText: "Hide filters", classes: "govuk-button--secondary" },
    });
  }
}
