"""The heart: course, lesson, reception, mode, sync facet, evidence ledger."""
