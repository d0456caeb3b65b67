"""Live media: Janus as a supervised child, the signalling proxy, HLS and recording."""
