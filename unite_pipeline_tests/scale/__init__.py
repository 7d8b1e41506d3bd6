"""What a sync costs when years of calls stand already: a made-up lake, one more day by the real path, and measurements.

Run `python -m unite_pipeline_tests.scale`; `docs/scale.md` shows what came of it. No part of the product.
"""
