"""`tongtang media`: Janus, the signalling proxy, HLS and recording."""

import argparse

from tongtang.config.words import gettext as _
from tongtang.foundation.environment import environment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes no arguments: what should be on the air stands in the database."""
    parser.description = _("Run Janus and ffmpeg for the lessons that should be on the air now.")


def run(options: argparse.Namespace) -> int:
    """Run until SIGTERM."""
    from tongtang.classroom.border import border
    from tongtang.classroom.media import process

    env = environment()
    process.run(process.MediaSettings(env.home, env.secret("rtc"), env.hosts, env.media_interface), border())
    return 0
