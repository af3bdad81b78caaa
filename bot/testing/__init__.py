"""What tests an author's pipelines without a phone: `plugin.py` gives it to pytest.

This package loads nothing by itself, for pytest loads the plugin in every run; import from its
files: `stage`, `line`, `voices`.
"""
