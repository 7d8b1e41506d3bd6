"""The vendor's side of the wire: forms in, envelopes out, tokens, limits, and one handler per endpoint.

Written from the vendor's document alone; shares no code with our client.
"""
