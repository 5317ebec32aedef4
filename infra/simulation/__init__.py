"""What an installation of so many users needs: loads, a day of the planner, prices.

``python -m infra.simulation`` prints the tables of docs/operating/capacity.md and cost.md, and
``--write`` puts them there; a test holds the pages to it.
"""
