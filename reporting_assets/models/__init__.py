"""How tables derive from tables: one `.sql` file per derived table, and the little that runs them.

`<schema>/<table>.sql` is a single SELECT over the views named in the table's contract; SQL that several tables share
stands once in `macros.sql`; `parameters.py` names every policy value that a model binds; `run.py` runs a model for one
partition. Not here: where rows are stored, what a column means (contracts), and anything of Dagster.
"""
