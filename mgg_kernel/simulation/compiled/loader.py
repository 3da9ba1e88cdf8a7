"""From machine code to functions that Python calls; numba is needed only where none is kept."""

import ctypes
import logging
import os
import threading
from collections.abc import Callable
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mgg_kernel.simulation.compiled import code_cache

__all__ = ["ARGUMENTS", "entry", "source_stamp"]

ARGUMENTS = {"follow_shots": "iiiiiiidddDDIDDDDDDIDI", "evaluate": "diiiiDDIDDDD"}
"""Of each function of :mod:`.entries`, in order: i int64, d float64, I and D pointers to them."""

logger = logging.getLogger(__name__)
_ADDRESS = ctypes.c_void_p
_TYPES: dict[str, Any] = {"i": ctypes.c_int64, "d": ctypes.c_double, "I": _ADDRESS, "D": _ADDRESS}
_loaded: dict[str, Callable[..., None]] = {}
_engines: list[Any] = []
_one_at_a_time = threading.Lock()


def entry(name: str) -> Callable[..., None]:
    """Return a compiled function by its name; it runs without the interpreter lock."""
    with _one_at_a_time:
        if name not in _loaded:
            _loaded[name] = _load(name)
        return _loaded[name]


def source_stamp() -> str:
    """Return a hash of the source files of this folder: compiled code is kept only for these."""
    digest = sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _load(name: str) -> Callable[..., None]:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    cpu, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    made_by = (version("numba"), version("llvmlite"), llvm.get_process_triple(), cpu, features)
    key = sha256("\0".join((source_stamp(), name, *made_by)).encode()).hexdigest()
    code = _code(name, key, cpu, features)
    target = llvm.Target.from_default_triple().create_target_machine(
        cpu=cpu, features=features, opt=3, codemodel="jitdefault", jit=True
    )
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _engines.append(engine)  # it holds the memory of the code
    types = [_TYPES[kind] for kind in ARGUMENTS[name]]
    return ctypes.CFUNCTYPE(None, *types)(engine.get_function_address(name))


def _code(name: str, key: str, cpu: str, features: str) -> bytes:
    folder = code_cache.open_folder()
    if folder is None:
        logger.warning(
            "Compiled code cannot be kept: neither the user's cache folder nor the folder of the "
            "program can be written by this user alone, so each process compiles for itself."
        )
        return _compile(name, cpu, features)
    try:
        code = code_cache.kept(folder, key)
        if code is None:
            with code_cache.alone(folder):
                code = code_cache.kept(folder, key)
                if code is None:
                    code = _compile(name, cpu, features)
                    code_cache.keep(folder, key, code)
        return code
    finally:
        os.close(folder)


def _compile(name: str, cpu: str, features: str) -> bytes:
    from mgg_kernel.simulation.compiled.entries import FUNCTIONS
    from mgg_kernel.simulation.compiled.jit import machine_code

    logger.info("Compiling %s; the next process will find it.", name)
    return machine_code(FUNCTIONS[name], ARGUMENTS[name], cpu, features)
