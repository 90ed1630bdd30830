"""Imports point down only, and heavy packages come in through one door."""

import ast
import graphlib
from pathlib import Path

import pytest

import skn2d

ROOT = Path(skn2d.__file__).parent
HEAVY = {"tensorflow", "keras", "umap", "numba", "hdbscan", "matplotlib", "pandas", "dask"}

# From the top down. A module may import from the layers below its own. What is named
# nowhere is a part, and parts may use each other as long as there is no circle.
LAYERS = (
    {"__main__"},
    {"_n2d", "inspection", "distributed"},
    {"_group_reader"},
    {"_best_fit", "_steps", "_stored_pipeline"},
    {"_refined_groups"},
    {"_mixture", "_small_groups"},
    {"_density_start"},
    {"_unknown_number"},
    {"_autoencoder", "_manifold", "_inductive"},
    {"any part"},
    {"_optional", "_random", "_state", "_validation"},
    {"_cores"},
)
PARTS = LAYERS.index({"any part"})
# Who may read the version from the root; everything else there is for users.
READS_VERSION = {"skn2d._state", "skn2d.__main__"}
# Who imports by name: the lazy root, the door, and the state, which rebuilds estimators.
IMPORTS_BY_NAME = {"skn2d", "skn2d._optional", "skn2d._state"}
# Who opens the door on import: Keras layers, as their base class is Keras's. They are
# imported by the network that is built of them, and by Keras where it rebuilds one.
KERAS_LAYERS = {"skn2d.architectures._variational_code"}


def find_modules():
    modules = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return modules


MODULES = find_modules()


def imported_names(tree):
    """Return the dotted names that a tree imports, ``from a import b`` as ``a.b``."""
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "write imports in full"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def module_of(name):
    """Return the longest beginning of a dotted name that is one of our modules."""
    while name not in MODULES:
        name = name.rpartition(".")[0]
    return name


def find_edges(modules):
    edges = {}
    for module, path in modules.items():
        names = imported_names(ast.parse(path.read_text(encoding="utf-8")))
        edges[module] = {module_of(name) for name in names if name.split(".")[0] == "skn2d"}
    return edges


EDGES = find_edges(MODULES)


def unit(module):
    """Return the private module or subpackage right below the root."""
    return module.split(".")[1]


def layer(module):
    for depth, names in enumerate(LAYERS):
        if unit(module) in names:
            return depth
    return PARTS


def points_down(module, target):
    if target == "skn2d":
        return module in READS_VERSION
    if unit(module) == unit(target):
        return True
    return layer(module) < layer(target) or layer(module) == layer(target) == PARTS


def executed_on_import(tree):
    """Yield the nodes outside functions."""
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            yield from executed_on_import(node)


def test_there_is_something_to_look_at():
    assert {"skn2d", "skn2d._n2d", "skn2d.metrics"} <= set(MODULES)
    assert "skn2d._steps" in EDGES["skn2d._n2d"]


@pytest.mark.parametrize("module", [name for name in MODULES if name != "skn2d"])
def test_imports_point_down(module):
    assert [target for target in EDGES[module] if not points_down(module, target)] == []


def test_the_root_imports_nothing():
    assert EDGES["skn2d"] == set()


def test_no_circles():
    others = {module: targets - {module} for module, targets in EDGES.items()}
    graphlib.TopologicalSorter(others).prepare()


@pytest.mark.parametrize("module", MODULES)
def test_heavy_packages_come_in_through_one_door(module):
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    assert HEAVY.isdisjoint(name.split(".")[0] for name in imported_names(tree))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    called = {ast.unparse(call.func).rpartition(".")[2] for call in calls}
    if module not in IMPORTS_BY_NAME:
        assert called.isdisjoint({"import_module", "__import__"})
    on_import = [node for node in executed_on_import(tree) if isinstance(node, ast.Call)]
    doors = [
        name for name in (ast.unparse(call.func) for call in on_import) if "import_" in name
    ]
    assert doors == (["import_keras"] if module in KERAS_LAYERS else [])
