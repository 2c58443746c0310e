"""Zoom's endpoints: one module per family, `routes` lists them all. Handlers take a `Call` and return an `Answer`."""
