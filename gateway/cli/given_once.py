"""Commands that refuse an option given twice, of which the last alone would count: a question half of which nobody asked."""

import click


class GivenOnce(click.Command):
    """A command each option of which is given once, but for those that may be given as often as needed."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As any command reads its arguments, once none of them is a second value of an option that has one."""
        _, _, order = self.make_parser(ctx).parse_args([*args])
        once = [
            one for one in order if isinstance(one, click.Option) and not (one.multiple or one.count or one.is_flag)
        ]
        twice = next((one for one in once if once.count(one) > 1), None)
        if twice is not None:
            told = f"{twice.opts[0]} is given more than once, and the last alone would count: ask once for each"
            raise click.UsageError(told, ctx)
        return super().parse_args(ctx, args)


class Commands(click.Group):
    """A group whose commands are such commands."""

    command_class = GivenOnce
