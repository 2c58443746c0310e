"""The simulated Webex: the same people as the simulated Zoom, in meetings of their own.

meetings            what happened: sites, instances, stays. No protocol.
reports, qualities  what is told about it, route by route.
auth, paging, windows, errors, service   the protocol around it.
"""
