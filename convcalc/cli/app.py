"""The ``convcalc`` command: `network` unless the first word names another command.

A command is a module here with a `command` in it, imported when it is needed. To add one, write the
module and put its name into `COMMANDS`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from convcalc import __version__

COMMANDS = (
    "explain",
    "check",
    "quiz",
    "solve",
    "field",
    "repl",
    "topk",
    "verify",
    "docs",
    "formulas",
    "schema",
    "zoo",
)
DEFAULT = "network"


class App(click.Group):
    """A group whose commands are modules, with a command that need not be named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name != DEFAULT and cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"convcalc.cli.{cmd_name}").command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args:
            args = [] if ctx.resilient_parsing else ["--help"]
        elif args[0] not in (*COMMANDS, "--help", "-h", "--version"):
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage("convcalc", "[OPTIONS] NET")
        formatter.write_usage("convcalc", "COMMAND [ARGUMENTS]", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The default command's options, then the commands."""
        records = [
            record
            for parameter in (*self._default_context(ctx).command.params, *self.get_params(ctx))
            if isinstance(parameter, click.Option) and (record := parameter.get_help_record(ctx))
        ]
        with formatter.section("Options"):
            formatter.write_dl(records)
        self.format_commands(ctx, formatter)

    def shell_complete(
        self, ctx: click.Context, incomplete: str
    ) -> list[click.shell_completion.CompletionItem]:
        """The commands, and what can stand after plain ``convcalc``: networks and options."""
        network = self._default_context(ctx)
        items = super().shell_complete(ctx, incomplete)
        if incomplete.startswith("-"):
            items += network.command.shell_complete(network, incomplete)
            return list({item.value: item for item in items}.values())
        for parameter in network.command.params:
            if isinstance(parameter, click.Argument):
                items += parameter.shell_complete(network, incomplete)
        return items

    def _default_context(self, ctx: click.Context) -> click.Context:
        command = self.get_command(ctx, DEFAULT)
        assert command is not None
        return command.make_context(DEFAULT, [], parent=ctx, resilient_parsing=True)


def _show_version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> Any:
    if value and not ctx.resilient_parsing:
        click.echo(f"convcalc {__version__}")
        ctx.exit()


@click.group(
    cls=App, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Show the version and exit.",
)
def app() -> None:
    """Sizes, padding, parameters, work and memory of every layer of a convolutional network.

    NET is a spec file, - for standard input, or a network of the zoo: convcalc zoo lists them.
    Where a file has the same name as a network of the zoo, the file is meant; zoo:NAME always
    means the zoo.

    \b
    Examples:
      convcalc resnet50
      convcalc mynet.conv --input 3x128x128 --batch 8
      convcalc -e 'input 3x32x32; conv 8 3x3 pad=same; maxpool 2x2; fc 10'
      convcalc vgg16 --format json --output vgg16.json
      convcalc zoo lenet5 > mynet.conv
    """
