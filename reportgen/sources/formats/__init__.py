"""The formats that logs come in, a module each with its `Format` as ``FORMAT``; listed in ``sources.registry``."""
