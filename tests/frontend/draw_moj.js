// Draws MoJ macros as MoJ does: a list of {component, macro, params} comes in as JSON, a list of HTML goes out.
const path = require("path");
const modules = process.argv[2];
const nunjucks = require(path.join(modules, "nunjucks"));
const env = nunjucks.configure(
  [path.join(modules, "@ministryofjustice/frontend"), path.join(modules, "govuk-frontend/dist")],
  { autoescape: true },
);
env.addFilter("mojDate", () => "20 November 2026 at 10:42am");
env.addFilter("date", () => "20 November 2026 at 10:42am");

const wanted = JSON.parse(require("fs").readFileSync(0, "utf-8"));
const drawn = wanted.map(({ component, macro, params }) =>
  env.renderString(
    `{% from "moj/components/${component}/macro.njk" import ${macro} %}{{ ${macro}(params) }}`, { params },
  ),
);
process.stdout.write(JSON.stringify(drawn));
