"""The formats of training logs, one module each with its `Format` as ``FORMAT``; `sources.registry` lists them."""
