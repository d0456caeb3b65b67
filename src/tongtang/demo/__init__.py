"""The demo county and its always-running lesson."""
