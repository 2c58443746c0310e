"""What is particular to Zoom's reports: which calls each table needs. How calls are made belongs in `sources`."""
