"""Which source each value came from, who may overwrite it, and corrections by hand."""
