"""Kith through `sam local` and docker compose, with what AWS would do around it.

`sam local` runs functions and routes, but nothing in it looks into a queue or at a clock. So beside
it runs a small process: it furnishes the local AWS, migrates, and carries messages and ticks to
`sam local start-lambda` with the same poller and scheduler that the embedded local cloud has.
"""
