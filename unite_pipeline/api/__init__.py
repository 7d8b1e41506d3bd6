"""The vendor's protocol, complete: endpoints, wire format, request budget, tokens, paging, and the client that sends.

Here: what the vendor's document says, and what to survive. Not here: Dagster, files, what is worth asking for.
"""
