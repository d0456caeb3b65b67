"""Live session, room presence, interaction, roll call; `media/` holds Janus, HLS and recording."""
