"""Import contracts of our own for import-linter: what its built-in ones say, about the product without its tests."""

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.contracts.layers import LayersContract


def _without_tests(graph: ImportGraph) -> ImportGraph:
    """Tests may look into every room of their house."""
    for module in [name for name in graph.modules if "tests" in name.split(".")]:
        graph.remove_module(module)
    return graph


class OrderContract(LayersContract):
    """The contexts in one downward order; a context without a place in it breaks the contract."""

    type_name = "order"

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        return super().check(_without_tests(graph), verbose)


class DoorsContract(Contract):
    """Another context is entered by its doors only.

    Options: `root` package; `doors`, the module names of a context that others may import; `open`, contexts without
    walls; `keyholders`, importers that put the house together.
    """

    type_name = "doors"
    root = fields.StringField()
    doors = fields.ListField(subfield=fields.StringField())
    open = fields.ListField(subfield=fields.StringField())
    keyholders = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002 - import-linter's signature
        product = _without_tests(graph)
        broken = [
            (importer, imported)
            for imported in sorted(product.modules)
            if self._is_walled(imported)
            for importer in sorted(product.find_modules_that_directly_import(imported))
            if self._context(importer) not in (self._context(imported), *self.keyholders)
        ]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["broken"]:
            output.print_error(f"{importer} imports {imported}: use {self._context(imported)}.api", bold=False)

    def _context(self, module: str) -> str:
        """`lessons` of `tongtang.lessons.actions`; "" for the root package and for what is not ours."""
        parts = module.split(".")
        return parts[1] if parts[0] == self.root and len(parts) > 1 else ""

    def _is_walled(self, module: str) -> bool:
        parts = module.split(".")
        return len(parts) > 2 and parts[0] == self.root and parts[1] not in self.open and parts[2] not in self.doors
