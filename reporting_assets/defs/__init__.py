"""What exists: the assets, schedules and sensors of this code location, and nothing of how they work.

A new report or derived table appears here by itself once its contract is in `contracts.TABLES`.
"""
