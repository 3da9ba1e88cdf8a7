"""How functions are compiled: strict arithmetic, no interpreter, no memory of their own.

No fast-math: the same input gives the same bits.  A division by zero gives inf, as in numpy.
Arrays are borrowed from the caller and nothing is allocated, so that the machine code needs
nothing but the C library's mathematics, and can be kept without numba (:mod:`.loader`).
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

__all__ = ["array_at", "compiled", "inlined", "machine_code"]

Function = TypeVar("Function", bound=Callable[..., Any])

BORROWS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False}
INSIDE = BORROWS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""Nothing but compiled code calls these; ways in from Python would take a third of the time."""


def compiled(function: Function) -> Function:
    """Compile a function that only compiled functions call."""
    return cast("Function", numba.njit(**INSIDE)(function))


def inlined(function: Function) -> Function:
    """Compile a function into each that calls it: passing some arrays costs more than a short sum.

    An array is passed as seven or more words, so a call with five arrays fills the stack.
    """
    return cast("Function", numba.njit(forceinline=True, **INSIDE)(function))


def _array_at(_: Any, pointer: Any, offset: Any, shape: Any) -> Any:
    """Return the array of a shape (a tuple) that begins so many elements after a pointer.

    `numba.carray` does as much, but its arrays may have owners, which takes numba's own runtime.
    """
    made = numba.types.Array(pointer.dtype, len(shape), "C")

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        start, ahead, sizes = arguments
        array = context.make_array(made)(context, builder)
        lengths = [builder.extract_value(sizes, i) for i in range(len(shape))]
        itemsize = context.get_constant(numba.types.intp, 8)
        strides = [itemsize]
        for length in reversed(lengths[1:]):
            strides.insert(0, builder.mul(strides[0], length))
        populate_array(
            array,
            data=builder.gep(start, [ahead]),
            shape=lengths,
            strides=strides,
            itemsize=itemsize,
            meminfo=None,
        )
        return array._getvalue()

    return made(pointer, offset, shape), code


array_at = cast("Callable[..., Any]", intrinsic(_array_at))


def machine_code(function: Callable[..., Any], arguments: str, cpu: str, features: str) -> bytes:
    """Return an object file with one public symbol: the function, under its own name.

    Args:
        function: takes numbers and pointers; returns nothing.
        arguments: a letter each: i int64, d float64, I and D pointers to them.
        cpu: the processor's name, as LLVM calls it.
        features: what it can do, as LLVM lists it.
    """
    import llvmlite.binding as llvm

    types: dict[str, Any] = {"i": numba.int64, "d": numba.float64}
    types |= {"I": numba.types.CPointer(numba.int64), "D": numba.types.CPointer(numba.float64)}
    entry = numba.cfunc(numba.void(*(types[letter] for letter in arguments)), **BORROWS)(function)
    module = llvm.parse_assembly(entry.inspect_llvm())
    target = llvm.Target.from_default_triple().create_target_machine(
        cpu=cpu, features=features, opt=3, codemodel="jitdefault", jit=True
    )
    # Numba leaves all functions public.  Made private, LLVM sees that none of them ever fails,
    # and drops the way out through Python, which would need numba in the process.
    for made in (*module.functions, *module.global_variables):
        if made.name == entry.native_name:
            made.name = function.__name__
        elif not made.is_declaration:
            made.linkage = "internal"
    builder = llvm.create_pass_builder(target, llvm.create_pipeline_tuning_options(3))
    builder.getModulePassManager().run(module, builder)
    return cast("bytes", target.emit_object(module))
