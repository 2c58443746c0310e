"""The subcommands of `reporting-assets`, one module each, and what they share. Work belongs in the layers below."""
