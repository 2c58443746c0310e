"""Dagster's vocabulary, once: partitions, policies, specs from contracts, resources, failures, checks, asset factories.

`ingest.py` and `derive.py` do the work and know nothing of Dagster, so they run and are tested without it; everything
else here translates between them and Dagster. Which assets exist is said in `defs`, what they are in `contracts`.
"""
