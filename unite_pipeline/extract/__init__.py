"""What to ask for, and when it is proven: one module per feed, and the windows, plans and judgements they share.

Here: decisions. Not here: the vendor's protocol (`api/`), how files get to disk (`lake/`), typing (`transform/`).
"""
