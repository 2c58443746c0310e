"""`python -m reporting_assets.commands.questions`: the document of questions, on standard output."""

from __future__ import annotations

from reporting_assets.commands.questions import document

if __name__ == "__main__":
    print(document(), end="")
