"""How to ask a vendor: requests, tokens, paging, the rate budget, errors, and which requests a report needs.

`model` holds the shapes, `errors` what can go wrong, `tokens` the access token, `budget` the account's rate limits,
`answers` what a vendor's answer means, `client` one listing, `fetch` many listings at once, `zoom.reports` the plan of
each report. Nothing here knows Dagster, settings, files of the lake or SQL; callers pass plain values.
"""
