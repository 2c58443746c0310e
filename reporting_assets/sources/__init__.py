"""How to ask a vendor: which requests a report needs, tokens, paging, the rate budget, errors.

`planner` turns contracts into units of requests (`windows` their dates, `fan_out` their items), `model` holds the
shapes, `errors` what can go wrong, `transport` one HTTP call, `router` which vendor's client answers a request and
`fetch` many at once. `budget` keeps to the accounts' limits, `retries` decides what is tried again. Of Zoom are `client`,
`tokens`, `answers` (what an answer means), `bodies` (where its records stand) and `paging`; Webex's are in `webex`.
Nothing here knows Dagster, settings, files of the lake or SQL; callers pass plain values.
"""
