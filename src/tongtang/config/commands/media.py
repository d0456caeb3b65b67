"""`tongtang media`: Janus, the signalling proxy, HLS and recording."""

import argparse

from tongtang.classroom.border import border
from tongtang.classroom.media.process import MediaSettings
from tongtang.classroom.media.process import run as run_media
from tongtang.foundation.environment import environment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes no arguments: what should be on the air stands in the database."""


def run(options: argparse.Namespace) -> int:
    """Run until SIGTERM."""
    env = environment()
    run_media(MediaSettings(env.home, env.secret("rtc"), env.hosts, env.media_interface), border())
    return 0
