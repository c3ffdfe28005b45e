"""Golden cases of the epilogue in every combination of its parts, all on the same inputs."""

import itertools

import numpy as np
import torch
import torch.nn.functional as F

import formula
from operators import array, leaf, single

SHAPE = (4, 3, 3, 3)
GROUPS = 2
EPSILON = single(1e-5)
# A ReLU whose argument is nearer to zero than this may switch differently in float32.
MARGIN = 1e-5

NORMALISATIONS = [
    None,
    {"groups": 1, "statisticsAreConstant": False},
    {"groups": GROUPS, "statisticsAreConstant": False},
    {"groups": 1, "statisticsAreConstant": True},
]
GATES = [None] + [
    {"groups": groups, "perBranch": per_branch}
    for per_branch in (False, True) for groups in (1, GROUPS, SHAPE[0])
]


def inputs(salt):
    """Everything that an epilogue may read, by role. One gate in four is closed."""
    name = f"epilogue {salt}/"
    channels = SHAPE[1]
    values = {role: formula.uniform(name + role, SHAPE) for role in ("input", "residual", "outputGradient")}
    values |= {role: formula.uniform(name + role, (channels,)) for role in ("mean", "scale", "shift")}
    values["variance"] = formula.uniform(name + "variance", (channels,)) / 2 + 1
    for gate in GATES[1:]:
        shape = (gate["groups"], 1 if gate["perBranch"] else channels)
        values[gate_role(gate)] = formula.uniform(name + gate_role(gate), shape)
        values[gate_role(gate)].flat[1::4] = 0
    return values


def gate_role(gate):
    return f"gate {gate['groups']}" + (" per branch" if gate["perBranch"] else "")


def rectify(x, distances):
    """A ReLU that records how near to zero its arguments came; exact zeros are zero on every device."""
    distances += x.detach().abs().flatten().tolist()
    return F.relu(x)


def normalise(x, normalisation, leaves):
    if normalisation["statisticsAreConstant"]:
        statistics = leaves["mean"].detach().clone(), leaves["variance"].detach().clone()
        return F.batch_norm(x, *statistics, leaves["scale"], leaves["shift"], False, 0.0, EPSILON)
    parts = [
        F.batch_norm(part, None, None, leaves["scale"], leaves["shift"], True, 0.0, EPSILON)
        for part in x.chunk(normalisation["groups"])
    ]
    return torch.cat(parts)


def evaluate(problem, values):
    """The tensors of one case by role, those shared between cases by name, and its nearest approach to a kink."""
    normalisation, gate = problem["normalisation"], problem["gate"]
    leaves, distances = {role: leaf(value) for role, value in values.items()}, []
    shared = {"input": "input", "outputGradient": "outputGradient"}
    y = leaves["input"]
    if normalisation:
        y = normalise(y, normalisation, leaves)
        shared |= {"scale": "scale", "shift": "shift"}
        if normalisation["statisticsAreConstant"]:
            shared |= {"mean": "mean", "variance": "variance"}
    if problem["reluBefore"]:
        y = rectify(y, distances)
    if gate:
        rows = leaves[gate_role(gate)].repeat_interleave(SHAPE[0] // gate["groups"], 0)
        y = y * rows[:, :, None, None]
        shared["gate"] = gate_role(gate)
    if problem["residual"]:
        y = y + leaves["residual"]
        shared["residual"] = "residual"
    if problem["reluAfter"]:
        y = rectify(y, distances)
    y.backward(torch.tensor(values["outputGradient"]))
    own = {"output": y}
    for role, source in shared.items():
        if role not in ("outputGradient", "mean", "variance"):
            own[role + "Gradient"] = leaves[source].grad
    return own, shared, min((distance for distance in distances if distance > 0), default=1)


def combinations():
    """All combinations that differ: a ReLU after nothing but a ReLU changes nothing."""
    for normalisation, before, gate, residual, after in itertools.product(
        NORMALISATIONS, (False, True), GATES, (False, True), (False, True)
    ):
        if not (normalisation or before or gate or residual or after):
            continue
        if before and after and not gate and not residual:
            continue
        yield {
            "shape": SHAPE, "epsilon": EPSILON, "normalisation": normalisation, "reluBefore": before, "gate": gate,
            "residual": residual, "reluAfter": after,
        }


def title(problem):
    parts = ["x".join(map(str, SHAPE))]
    normalisation = problem["normalisation"]
    if normalisation:
        kind = "constant" if normalisation["statisticsAreConstant"] else f"groups {normalisation['groups']}"
        parts.append(f"normalise {kind}")
    parts += ["relu before"] if problem["reluBefore"] else []
    parts += [gate_role(problem["gate"])] if problem["gate"] else []
    parts += ["add"] if problem["residual"] else []
    parts += ["relu after"] if problem["reluAfter"] else []
    return " ".join(parts)


def add_all(book):
    """Adds every combination, on the first inputs that keep all ReLUs away from zero; returns the margin."""
    for salt in itertools.count():
        values = inputs(salt)
        results = [(problem, *evaluate(problem, values)) for problem in combinations()]
        margin = min(distance for *_, distance in results)
        if margin >= MARGIN:
            break
    book.tensors |= {f"epilogue/{role}": np.asarray(value) for role, value in values.items()}
    for problem, own, shared, _ in results:
        own = {role: array(value) for role, value in own.items()}
        shared = {role: f"epilogue/{source}" for role, source in shared.items()}
        book.add(title(problem), "epilogue", problem, own, shared)
    return margin
