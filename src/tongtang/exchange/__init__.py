"""Files at the border: county folders and plan folders; calls the `api` of the contexts below."""
