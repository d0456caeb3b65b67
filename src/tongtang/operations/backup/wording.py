"""Sentences for what can go wrong, in the words of whichever catalogue the caller reads."""

from collections.abc import Callable

from tongtang.operations.backup.make import Busy
from tongtang.operations.backup.postgres import ServerFailed
from tongtang.operations.backup.restore import NewerVersion, NotEmpty, NothingThere
from tongtang.operations.backup.vault import Damaged, WrongKey


def sentence(error: Exception, _: Callable[[str], str]) -> str:
    """What happened, what to do, and what is safe."""
    if isinstance(error, Busy):
        return _("A backup of this home is being made: try again when it is done.")
    for kind, words in _table(_).items():
        if isinstance(error, kind):
            return words % {"what": error}
    return _("The backup could not be written (%(what)s). Earlier backups are as they were.") % {"what": error}


def _table(_: Callable[[str], str]) -> dict[type[Exception], str]:
    return {
        WrongKey: _("The key does not open this backup (%(what)s): set TONGTANG_BACKUP_KEY to the right file."),
        Damaged: _(
            "The backup is damaged (%(what)s). Nothing was put in place. Take an earlier moment, or another copy."
        ),
        NothingThere: _("No backup reaches back to %(what)s. `tongtang backup list` shows those there are."),
        NewerVersion: _("The backup is of a newer version of this program (%(what)s): install that version first."),
        NotEmpty: _(
            "Something stands there already: %(what)s. Restore into an empty home, or add --replace: what stands there "
            "is then moved aside, not deleted."
        ),
        ServerFailed: _("PostgreSQL refused: %(what)s"),
    }
