"""Zoom reports as partitioned Dagster assets, in Parquet and DuckDB. This is the map of the house.

contracts/      WHAT every report and table is: columns, units, personal data, grain, key, partition, endpoint.
sources/        HOW to ask Zoom: client, tokens, paging, rate budget, errors, and which calls a report needs.
lake/           WHERE bytes live: landing of pages, privacy, typed Parquet, atomic replacement, the catalogue.
models/         HOW tables derive from tables: one .sql per table, and the macros they share.
orchestration/  DAGSTER's vocabulary once, and the flow of one report (`ingest.py`) and one model (`derive.py`).
defs/           WHICH assets, schedules and sensors exist.
definitions.py  the code location.
commands/       the `reporting-assets` command, one module per subcommand; `cli.py` gathers them.
sandbox/        a simulated organisation behind Zoom's protocol, so that everything runs without an account.
settings.py     every setting once. periods.py: partition keys as time. progress.py: how far long work is.

Imports go one way: definitions → defs → orchestration → {models, lake, sources} → contracts. `sandbox` uses only
contracts, and nothing of the product uses `sandbox` but the code that starts it. Importing the package reads nothing.
"""
