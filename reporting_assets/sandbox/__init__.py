"""A simulated organisation behind the vendors' real HTTP protocols, on loopback; the same seed gives the same bytes.

    simulation   organisation, calendar, schedule, traffic, sessions, history: what happened. No protocol, no "now".
    freshness    when what happened becomes visible.
    protocol     auth, paging, limits, faults, answers: what every endpoint shares. zoom/, webex/: their endpoints.
    serving      config, app, server, launch (as a child process), __main__.
    truth        writes what really happened as Parquet, beside the protocol.

A new endpoint is a handler in zoom/ and a line in zoom/routes. Nothing here may be imported by the product, except to
start it; it may import `contracts` only.
"""
