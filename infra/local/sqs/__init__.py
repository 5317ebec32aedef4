"""A stand-in for Amazon SQS: standard queues, in memory, whose every operation takes O(log n).

moto walks over all messages of a queue at each receive, under one lock: with a thousand of them it
took a second and a half, and two receivers at once made it fail.
"""
