"""The formats of training logs. Each module defines its `Format` as ``FORMAT``; `sources.registry` lists them."""
