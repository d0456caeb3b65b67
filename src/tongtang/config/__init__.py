"""Settings, URLs and entry points: the only place that knows how the processes are put together."""
