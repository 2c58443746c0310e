"""`reporting-assets sandbox`: serve the simulated organisation."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click


@click.command()
@click.option("--port", default=4010, show_default=True, help="Port on 127.0.0.1; 0 takes a free one.")
@click.option(
    "--users", default=200, show_default=True, type=click.IntRange(50, 100_000), help="People in the organisation."
)
@click.option("--seed", default=7, show_default=True, help="Same seed, same organisation.")
@click.option(
    "--plan",
    default="business",
    show_default=True,
    type=click.Choice(["free", "pro", "business"]),
    help="The account's plan.",
)
@click.option("--enforce-limits", is_flag=True, help="Answer 429 beyond the plan's rate limits.")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME[:VALUE]",
    help="Switch a fault on (429, 500, truncate, token, ...). Repeatable.",
)
@click.option(
    "--truth",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the ground truth of --from..--to here as Parquet, then exit.",
)
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d"]), help="First day of the truth.")
@click.option("--to", "end", type=click.DateTime(["%Y-%m-%d"]), help="Last day of the truth.")
def sandbox(
    port: int,
    users: int,
    seed: int,
    plan: str,
    enforce_limits: bool,
    faults: tuple[str, ...],
    truth: Path | None,
    start: datetime | None,
    end: datetime | None,
) -> None:
    """Serve a simulated organisation, on 127.0.0.1.

    It speaks Zoom's protocol over HTTP, and everything it answers is simulated.
    """
    from reporting_assets.sandbox import server
    from reporting_assets.sandbox import truth as ground_truth

    try:
        config = server.Config(
            port=port, users=users, seed=seed, plan=plan, enforce_limits=enforce_limits, faults=tuple(faults)
        )
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from None
    if truth is not None:
        if start is None or end is None:
            raise click.UsageError("--truth needs --from and --to: the first and last day to write.")
        ground_truth.write(config, truth, start.date(), end.date())
        click.echo(f"Wrote the simulated truth of {start:%Y-%m-%d} to {end:%Y-%m-%d} into {truth}.")
        return
    try:
        server.serve(
            config, on_ready=lambda url: click.echo(f"Simulated Zoom at {url}/v2, tokens at {url}/oauth/token")
        )
    except ValueError as error:
        raise click.BadParameter(f"{error}.", param_hint="--fault") from None
    except OSError as error:
        raise click.ClickException(
            f"the sandbox cannot listen on port {port} ({error.strerror}); choose another with --port."
        ) from None
