"""A stand-in for Cloudinary: its upload API, the part of its Admin API that we use, its delivery.

Signatures are checked as Cloudinary checks them, answers have its fields and its signature, and
refusals have its words, so that the real SDK cannot tell. Pictures are kept on disk. What it should
do wrong can be set at ``/_faults``; what was sent to it can be read at ``/_requests``.
"""
