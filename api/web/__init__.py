"""The pages: server-rendered HTML over the same internals as the JSON API, every act without JavaScript.

How a page is made
------------------
1. `api/web/<page>.py` has `router = APIRouter(include_in_schema=False)` and its routes. A route takes
   `visit: Visiting` (whoever is signed in; nobody is sent to sign in and back) or `visit: Passing` (anybody),
   asks the internals (`api.listing`, `api.casefile`, `api.acting`, …; never our own HTTP) and ends with
   `render(visit, "<page>.html", name=value, …)`.
2. `api/web/templates/<page>.html` begins `{% extends "layout.html" %}`, imports the macros it uses
   `with context`, and fills the blocks `title` and `main` (with one `h1`; `parts/page.html: heading`).
3. One line in `api/web/site.py: PAGES` mounts the router; one in `api/web/navigation.py: ENTRIES` puts it into
   the navigation of the roles that may use it (hidden buttons are courtesy: the route asks the law again).
4. Words: a section of its own in `api/locale/{zh,en}.toml`; a template says `{{ t("section.code", name=…) }}`.
5. Its address joins `tests/browser`, where axe looks at it at two widths in two themes.

Writing
-------
A form posts to a route that takes `form: Posted` (the fields, once the anti-forgery token was checked) and
answers with `see_other(path)`: Post/Redirect/Get. A form of an act is `act_form` in `parts/acts.html`, drawn from the
same field descriptions as the JSON API; `api.web.reading` turns what was posted back into values for the
API's own model; what was wrong comes back as `Typed`, with what was typed and a sentence at its place. Any
`Problem` that leaves a route becomes a page in the frame that says what was wrong and what is possible now.

Names in every template
-----------------------
`visit` (language, theme, caller, path, csrf), `t(code, **values)`, `moment`, `day`, `due`, `left`, `number`
(instants are China Standard Time), `href(path, **query)`, `here(**changes)` (this address with its query
changed), `asset(file)`.

Macros, each in `templates/parts/`
----------------------------------
- `page.html`: `heading`, `card`, `empty`, `notice`, `pager`, `chips`, `icon`
- `duties.html`: `colour`, `time_left`, `duty_row`, `rule`
- `tables.html`: `table` (rows become cards on a narrow screen: give every cell its `label`)
- `fields.html`: `field` for every kind of field; `acts.html`: `act_form`, `quick_act`
- `cases.html`: `procedure`, `course`, `tree`, `parties`

No inline script, style or handler: the Content-Security-Policy refuses them. The one module, `static/app.js`, ticks the
time left, listens for news (`data-live`), asks before grave acts (`data-confirm`), and is never needed.
"""
