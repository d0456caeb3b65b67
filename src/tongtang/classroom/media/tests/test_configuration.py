"""Janus' configuration files, and the choice of the media interface."""

from pathlib import Path

import pytest

from tongtang.classroom.media.configuration import MediaUnavailable, media_interfaces, write_configuration
from tongtang.classroom.media.tests.namespace import ADDRESS, INTERFACE, network_namespace


def test_secrets_are_fresh_and_for_the_owner_only(tmp_path: Path) -> None:
    first, second = (write_configuration(tmp_path / "janus", ("eth9",)) for _ in range(2))
    assert first.room_secret != second.room_secret
    for path in (tmp_path / "janus").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "janus").stat().st_mode & 0o777 == 0o700
    text = (tmp_path / "janus" / "janus.jcfg").read_text(encoding="utf-8")
    assert 'ice_enforce_list = "eth9"' in text
    assert "libjanus_http.so" in text.split("transports: {")[1]
    assert "libjanus_videoroom.so" not in text


@pytest.mark.journey
def test_the_interface_is_found_named_or_missed() -> None:
    with network_namespace():
        assert media_interfaces("") == (INTERFACE,)
        assert media_interfaces(f"{INTERFACE}, {ADDRESS[:5]}") == (INTERFACE, ADDRESS[:5])
        with pytest.raises(MediaUnavailable, match=f"wlan7 has no IPv4 address here.*{INTERFACE}"):
            media_interfaces("wlan7")
    with network_namespace(addressed=False):
        assert media_interfaces("") == ()
