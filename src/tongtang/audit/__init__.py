"""What was done with data and by whom: the audit chain, the field catalogue, retention with proof."""
