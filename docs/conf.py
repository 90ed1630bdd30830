"""Sphinx: ``sphinx-build -W docs docs/_build``, which also runs the tutorials."""

import skn2d

project = "skn2d"
author = "The skn2d developers"
project_copyright = author
version = release = skn2d.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "tutorials"]
default_role = "literal"

# Headings of Markdown pages can be linked to, as on the pages where Markdown is mostly read.
myst_heading_anchors = 3
# The how-to guide is a section of the README, whose headings stay a level lower.
suppress_warnings = ["myst.header"]

autosummary_ignore_module_all = False
templates_path = ["_templates"]
# The page of a class lists its methods, numpydoc's tables would do so a second time.
numpydoc_show_class_members = False

sphinx_gallery_conf = {
    "examples_dirs": "tutorials",
    "gallery_dirs": "generated/tutorials",
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": True,
    "run_stale_examples": True,  # the scripts are the same, but the package may have changed
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 1000,
}

html_theme = "pydata_sphinx_theme"
html_title = "skn2d"
html_show_sourcelink = False
html_theme_options = {"navigation_with_keys": False}
# Pages that have none below them, so nothing to list beside them.
html_sidebars = {page: [] for page in ("how-to", "explanation/*", "benchmarks", "changelog")}
