"""Kith through `sam local` and docker compose, with what AWS would do around it.

`sam local` runs functions and routes, but nothing in it looks into a queue or at a clock. So a
small process beside it creates the resources of the local AWS, migrates, and carries messages and
ticks to `sam local start-lambda`, with the poller and scheduler of the embedded local cloud.
"""
