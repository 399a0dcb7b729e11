"""The pages: server-rendered HTML over the same internals as the JSON API, every act without JavaScript.

How a page is made
------------------
1. `api/web/<room>/<page>.py` has `router = APIRouter(include_in_schema=False)` and its routes. A route takes
   `visitor: Visiting` (somebody signed in; others are sent to sign in and come back) or `visit: Passing`
   (anybody), asks the internals (`api.reading.listing`, `api.reading.casefile`, `api.writing.acting`, …;
   never our own HTTP) and ends with `render(visit, "<page>.html", name=value, …)`.
2. `api/web/templates/<page>.html` begins `{% extends "layout.html" %}`, imports the macros it uses `with
   context`, and fills the blocks `title` and `main` (with one `h1`; `parts/page.html: heading`).
3. One line in `api/web/site.py: PAGES` mounts the router; one in `api/web/frame/navigation.py: ENTRIES` puts it
   into the navigation of the roles that may use it (hidden buttons are courtesy: the route asks the law
   again).
4. Words: a section of its own in `api/locale/{zh,en}.toml`; a template says `{{ t("section.code", name=…)
   }}`.
5. Its address joins `PAGES` in `tests/browser/test_pages.py`: axe looks at it at two widths, light and
   dark.

Writing
-------
A form carries `{{ acts.secrets() }}` (anti-forgery token and idempotency key) and posts to a route that
takes `form: Posted` beside `Visiting`, which checks the token; a form for anybody takes
`api.identity.sessions.FromHere` instead. The route answers with `see_other(path)`: Post/Redirect/Get, and says what
it did by `?said=…` (a code of the table `said`) or, of an act, by `?done=number.seq`
(`doing.done_address`, `receipts.receipt_told`, `page.receipt`). A form of an act is `act_form` in
`parts/acts.html`, drawn from the same field descriptions as the JSON API; `doing.do` reads it into the
API's own model and carries it; what was not taken in is `HandedBack`, with what was typed and a sentence at
its place. Any `Problem` that leaves a route becomes a page in the frame that says what was wrong and what
is possible now.

Names in every template
-----------------------
`visit` (its `signed_in`, `organisation`, `language`, `csrf`, `door`; of a `Visitor` also `caller` and
`voice`), `t(code, **values)`, `moment`, `day`, `due`, `month`, `left`, `span`, `number`, `percent`
(instants in China Standard Time), `href(path, **query)`, `address` and `here(**changes)` (this address, and
with its query changed), `asset(file)`. Do not pass others of these names.

Macros, each in `templates/parts/`
----------------------------------
- `page.html` (imported by the layout as `page`): `heading`, `card`, `empty`, `notice`, `receipt`, `pager`,
  `chips`, `choose`, `write`, `icon`
- `duties.html`: `colour`, `time_left`, `owner`, `rule`, `duty_row`
- `tables.html`: `table` (rows become cards on a narrow screen: give every cell its `data-label`)
- `fields.html`: `field` for every kind of field, and once a page `lists` for what unit and matter fields
  offer
- `acts.html`: `secrets`, `quick_act`, `act_form`
- `cases.html`: `procedure`, `course`, `tree`, `parties`, `files`

No inline script, style or handler: the Content-Security-Policy refuses them. The one module,
`static/herun.js`, ticks the time left (`data-due`), listens for news (`data-live`), asks before grave acts
(`data-confirm`), and is never needed.
"""
