"""Where bytes live: layout, landing of raw pages, privacy, typed Parquet, checks, catalogue. Nothing of Dagster here.

Path of a record: `landing` (after `privacy`) -> `typed` (values by `casts`) -> `store` (promises by `checks`) ->
`catalogue`. Which requests to make is for `sources`; when to do any of this is for `orchestration`.
"""
