"""The cellar's counters: how often somebody may do something."""
